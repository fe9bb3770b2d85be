package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.web.Disclosures;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.HolderAttributes;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;

/**
 * Answers searches (PS3.18 §10.6). No match is 200 with an empty array, or 204 where XML was asked for; attributes without a
 * value have no entry.
 */
final class QuerySearch {
    private static final String MINIMUM_POSITION = "Archipelago-Minimum-Position";

    private final DicomWeb node;
    private final Disclosures disclosures;
    private final ArchiveQueries queries;
    private final Optional<NetworkView> network;
    private final boolean qualified;

    /** @param network empty for what this site itself holds */
    QuerySearch(DicomWeb node, Disclosures disclosures, Optional<NetworkView> network) {
        this(node, disclosures, network, false);
    }

    /** @param qualified whether a Patient ID says whose it is, as {@link QualifiedIdentifier} does */
    QuerySearch(DicomWeb node, Disclosures disclosures, Optional<NetworkView> network, boolean qualified) {
        this.qualified = qualified;
        this.node = node;
        this.disclosures = disclosures;
        this.queries = network.map(NetworkView::queries).orElse(node.queries());
        this.network = network;
    }

    void search(
            QueryLevel level,
            Optional<StudyInstanceUid> study,
            Optional<SeriesInstanceUid> series,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String what = (network.isPresent() ? "network " : "") + level + " "
                + Optional.ofNullable(request.getQueryString()).orElse("");
        disclosures.disclose(AccessKind.QUERY, request, response, study, what, tally -> {
            DataSetForm form = DataSetForm.of(request, false);
            QueryParameters parameters = new QueryParameters(node.limits()).read(request.getParameterMap());
            Optional.ofNullable(request.getHeader(MINIMUM_POSITION)).ifPresent(parameters::minimum);
            if (qualified) {
                parameters.qualified();
            }
            study.ifPresent(uid -> parameters.scope(Tags.STUDY_INSTANCE_UID, uid.value()));
            series.ifPresent(uid -> parameters.scope(Tags.SERIES_INSTANCE_UID, uid.value()));
            ArchiveQuery query = parameters.query(level, node.localIssuer());
            QueryPage page = queries.find(query);
            tally.found(page.patients());
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("Vary", "Accept, Accept-Encoding");
            response.setHeader("Archipelago-Position", page.position().toString());
            if (page.more()) {
                response.addHeader(
                        "Warning",
                        "299 archipelago \"There are additional results that can be requested with limit and offset\"");
            }
            warnOfConflicts(level, page, response);
            network.ifPresent(view -> tell(view.completeness().get(), response));
            List<List<Integer>> unmatched = queries.unmatched(query);
            if (!unmatched.isEmpty()) {
                response.addHeader(
                        "Warning",
                        "299 archipelago \"Not matched at this level, or of series within which they vary, and ignored there: "
                                + named(unmatched) + "\"");
            }
            if (!form.isJson() && page.matches().isEmpty()) {
                response.setStatus(HttpServletResponse.SC_NO_CONTENT); // a body in parts has one at least
                return;
            }
            DataSetAnswer answer = DataSetAnswer.begin(form, DicomJson.Mode.QUERY, response, true)
                    .orElseThrow();
            write(page.matches(), new Addresses(request), answer);
            tally.add(page.matches().size(), answer.bytes());
        });
    }

    /** What is missing must not look as if it did not exist. */
    private static void tell(Completeness completeness, HttpServletResponse response) {
        response.setHeader(Completeness.HEADER, completeness.header());
        completeness
                .sentence()
                .ifPresent(gaps -> response.addHeader(
                        "Warning",
                        "299 archipelago \"" + gaps.replace('"', '\'').replace('\\', '/') + "\""));
    }

    /** The index knows it of studies; of the studies of series and instances, usually one, the log does. */
    private void warnOfConflicts(QueryLevel level, QueryPage page, HttpServletResponse response) {
        Set<StudyInstanceUid> studies = page.matches().stream()
                .flatMap(match -> match.text(Tags.STUDY_INSTANCE_UID).stream())
                .map(StudyInstanceUid::new)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (level == QueryLevel.STUDY) {
            ConflictWarning.add(response, studies.size(), page.inConflict());
        } else {
            node.conflicts().addTo(response, studies);
        }
    }

    private static String named(List<List<Integer>> paths) {
        return paths.stream()
                .map(path -> path.stream().map(Tags::hex).collect(Collectors.joining(".")))
                .collect(Collectors.joining(" "));
    }

    private void write(List<AttributeSet> matches, Addresses addresses, DataSetAnswer answer) throws IOException {
        for (AttributeSet match : matches) {
            AttributeSet row = qualified ? QualifiedIdentifier.write(match, node.localIssuer()) : match;
            Optional<String> url = url(row, addresses);
            AttributeSet shown = url.map(
                            to -> row.with(Tags.RETRIEVE_URL, new Attribute(Vr.UR, List.of(new Value.Text(to)))))
                    .orElse(row);
            Optional<String> instance = url.filter(_ -> row.contains(Tags.SOP_INSTANCE_UID));
            answer.write(
                    withoutEmpty(shown, instance.isPresent()),
                    Optional.empty(),
                    (path, vr, bulk) -> instance.orElseThrow() + "/bulkdata/" + path);
        }
        answer.end();
    }

    /**
     * Retrieve URL (0008,1190) of the match's own level (PS3.18 §10.6.3.3). Under the network's everybody's copies leave together: where
     * one may be somebody else's, it is this site's.
     */
    private static Optional<String> url(AttributeSet match, Addresses asked) {
        Optional<String> study = match.text(Tags.STUDY_INSTANCE_UID);
        if (study.isEmpty() || !isReadable(match)) {
            return Optional.empty();
        }
        boolean isOfSeveral = HolderAttributes.read(match).stream().anyMatch(HolderAttributes.Holder::otherPatient);
        Addresses addresses = isOfSeveral ? asked.ofThisSite() : asked;
        StudyInstanceUid studyUid = new StudyInstanceUid(study.get());
        Optional<SeriesInstanceUid> series =
                match.text(Tags.SERIES_INSTANCE_UID).map(SeriesInstanceUid::new);
        Optional<SopInstanceUid> instance = match.text(Tags.SOP_INSTANCE_UID).map(SopInstanceUid::new);
        if (series.isEmpty()) {
            return Optional.of(addresses.study(studyUid));
        }
        return Optional.of(
                instance.isPresent()
                        ? addresses.instance(studyUid, series.get(), instance.get())
                        : addresses.series(studyUid, series.get()));
    }

    private static boolean isReadable(AttributeSet match) {
        return match.text(Tags.INSTANCE_AVAILABILITY)
                .filter("UNAVAILABLE"::equals)
                .isEmpty();
    }

    /** @param bulk whether bulk values have an address; else their attributes are left out, too */
    private static AttributeSet withoutEmpty(AttributeSet set, boolean bulk) {
        Map<Integer, Attribute> kept = new TreeMap<>();
        set.attributes().forEach((tag, attribute) -> {
            List<Value> values = attribute.values().stream()
                    .map(value -> value instanceof Value.Item(AttributeSet item)
                            ? new Value.Item(withoutEmpty(item, bulk))
                            : value)
                    .toList();
            if (!values.stream().allMatch(value -> isBlank(value, bulk))) {
                kept.put(tag, new Attribute(attribute.vr(), values));
            }
        });
        return AttributeSet.of(kept);
    }

    private static boolean isBlank(Value value, boolean bulk) {
        return switch (value) {
            case Value.Text(String text) -> text.isEmpty();
            case Value.Name(var name) ->
                name.alphabetic().isEmpty()
                        && name.ideographic().isEmpty()
                        && name.phonetic().isEmpty();
            case Value.Item(AttributeSet item) -> item.isEmpty();
            case Value.Bulk _ -> !bulk;
            case Value.Numeric _, Value.Inline _ -> false;
        };
    }
}

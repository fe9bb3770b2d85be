package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.header.CorrectionsInForce;
import org.archipelago.query.header.HeaderCache;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.InstanceHeader;
import org.archipelago.query.header.SeriesInstances;
import org.archipelago.query.matching.HeaderMatch;
import org.archipelago.query.matching.SearchTerms;

/**
 * Queries of the image level, from header files. Where the study or the instance is named, Elasticsearch is not asked;
 * else it names the series that can match. Order: series as at the series level (with a named study: as they arrived),
 * instances as they arrived.
 */
final class ImageSearch {
    /** A query that opens more instances than this between one match and the next is refused: it names too little. */
    static final int MAX_OPENED_IN_VAIN = 200_000;

    private static final int HEADERS_BETWEEN_QUESTIONS = 200;

    private static final Set<Integer> IDENTITY =
            Set.of(Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE);

    private static final Set<Integer> SERIES_KEYS = Set.of(
            Tags.SERIES_INSTANCE_UID,
            Tags.MODALITY,
            Tags.SERIES_NUMBER,
            Tags.SERIES_DESCRIPTION,
            Tags.MODALITIES_IN_STUDY,
            Tags.SOP_CLASSES_IN_STUDY);

    private final HeaderFiles headers;
    private final SeriesInstances instances;
    private final CorrectionsInForce corrections;
    private final long maxPageBytes;

    /** @param maxPageBytes of heap that the matches of one page may take, by estimate; a page has one match whatever it takes */
    ImageSearch(HeaderFiles headers, SeriesInstances instances, CorrectionsInForce corrections, long maxPageBytes) {
        this.maxPageBytes = maxPageBytes;
        this.headers = headers;
        this.instances = instances;
        this.corrections = corrections;
    }

    /** Whether the log alone can answer. */
    static boolean needsNoIndex(Request request) {
        return (request.singleUid(Tags.STUDY_INSTANCE_UID).isPresent()
                        || request.singleUid(Tags.SOP_INSTANCE_UID).isPresent())
                && request.keys().stream().noneMatch(ImageSearch::isComputed);
    }

    /** @param more whether there are matches behind these */
    record Found(List<Match> matches, boolean more) {}

    /**
     * As many as the limit and the memory of a page allow.
     *
     * @param hits needed unless {@link #needsNoIndex}
     */
    Found find(Request request, Optional<Hits> hits) {
        List<Match> matches = new ArrayList<>();
        boolean[] more = {false};
        new Walk<>(request, request.query().offset(), new Taker<RuntimeException>() {
                    private long bytes;

                    @Override
                    public boolean take(Match match) {
                        bytes += HeaderCache.sizeBytes(match.shown());
                        more[0] = matches.size() == request.query().limit()
                                || (bytes > maxPageBytes && !matches.isEmpty());
                        return !more[0] && matches.add(match);
                    }
                })
                .go(hits);
        return new Found(matches, more[0]);
    }

    /** Every match, in the order of {@link #find}. */
    <E extends Exception> void walk(Request request, Optional<Hits> hits, ArchiveQueries.MatchConsumer<E> consumer)
            throws E {
        new Walk<E>(request, 0, new Taker<E>() {
                    @Override
                    public boolean take(Match match) throws E {
                        return match.handTo(consumer);
                    }

                    @Override
                    public boolean isWanted() throws E {
                        return consumer.isWanted();
                    }
                })
                .go(hits);
    }

    private static boolean isComputed(Request.Key key) {
        return key.tag() == Tags.MODALITIES_IN_STUDY || key.tag() == Tags.SOP_CLASSES_IN_STUDY;
    }

    private static boolean isOfSeries(Request.Key key) {
        return LevelAttributes.PATIENT.contains(key.tag())
                || LevelAttributes.STUDY.contains(key.tag())
                || SERIES_KEYS.contains(key.tag());
    }

    private List<StudyCopyId> named(Request request) {
        Optional<String> study = request.singleUid(Tags.STUDY_INSTANCE_UID);
        return study.isPresent()
                ? instances.study(new StudyInstanceUid(study.get())).stream().toList()
                : request.singleUid(Tags.SOP_INSTANCE_UID)
                        .map(uid -> instances.holding(new SopInstanceUid(uid)))
                        .orElse(List.of());
    }

    private interface Taker<E extends Exception> {
        /** @return whether more are wanted */
        boolean take(Match match) throws E;

        /** Asked for each page of series and now and then between headers. @return whether more are wanted */
        default boolean isWanted() throws E {
            return true;
        }
    }

    /** Opens each series once, and none that is skipped whole. */
    private final class Walk<E extends Exception> {
        private final Request request;
        private final Taker<E> consumer;
        private final List<Request.Key> asked;
        private int toSkip;
        private int openedInVain;
        private int unasked;

        Walk(Request request, int toSkip, Taker<E> consumer) {
            this.request = request;
            this.toSkip = toSkip;
            this.consumer = consumer;
            this.asked = request.keys().stream()
                    .filter(key -> !isComputed(key) && !isPinned(key.tag()))
                    .toList();
        }

        void go(Optional<Hits> hits) throws E {
            if (needsNoIndex(request)) {
                for (StudyCopyId study : named(request)) {
                    for (SeriesInstanceUid series : instances.series(study)) {
                        if (!take(study, series)) {
                            return;
                        }
                    }
                }
                return;
            }
            List<JsonNode> filters = Asked.filters(
                    request.keys().stream().filter(ImageSearch::isOfSeries).toList());
            hits.orElseThrow()
                    .walk(
                            "series",
                            filters,
                            CatalogueRows.seriesOrder(),
                            List.of("copy", "seriesUid"),
                            consumer::isWanted,
                            (Hits.Visitor<E>) hit -> take(
                                    new StudyCopyId(
                                            new StreamId(hit.path("copy").asText())),
                                    new SeriesInstanceUid(hit.path("seriesUid").asText())));
        }

        /** @return whether more are wanted */
        private boolean take(StudyCopyId study, SeriesInstanceUid series) throws E {
            Optional<String> wanted = request.singleUid(Tags.SERIES_INSTANCE_UID);
            if (wanted.isPresent() && !wanted.get().equals(series.value())) {
                return true;
            }
            List<StoredInstance> current = instances.current(study, series);
            List<StoredInstance> looked = looked(current);
            if (asked.isEmpty() && toSkip >= looked.size()) {
                toSkip -= looked.size();
                return true;
            }
            AttributeSet counted = AttributeSet.EMPTY.with(
                    Tags.NUMBER_OF_SERIES_RELATED_INSTANCES, CatalogueSearch.number(current.size()));
            List<StoredInstance> opened = looked.subList(skippedUnseen(), looked.size());
            List<StoredObject> objects =
                    opened.stream().map(StoredInstance::object).toList();
            InstanceOrders orders = new InstanceOrders(asksForOrder() ? instances.accessions(study) : Set.of());
            CorrectionsInForce.OfStudy inForce = corrections.of(study);
            Iterator<StoredInstance> each = opened.iterator();
            for (InstanceHeader found : (Iterable<InstanceHeader>) headers.headers(study, series, objects)::iterator) {
                if (!isWanted()) {
                    return false;
                }
                AttributeSet shown = inForce.apply(found.object(), attributes(found, each.next()));
                SearchTerms order = orders.of(shown);
                if (!asked.stream().allMatch(key -> meets(shown, order, key))
                        && !isListedAs(inForce.listedAs(found.object()), shown, order)) {
                    openedInVain();
                } else if (toSkip > 0) {
                    toSkip--;
                } else {
                    openedInVain = 0;
                    if (!consumer.take(new Match(
                            request.select(CatalogueSearch.online(shown.with(counted))),
                            inForce.patientOf(found.object())))) {
                        return false;
                    }
                }
            }
            return true;
        }

        private boolean isWanted() throws E {
            unasked = (unasked + 1) % HEADERS_BETWEEN_QUESTIONS;
            return unasked != 0 || consumer.isWanted();
        }

        private static boolean meets(AttributeSet said, SearchTerms order, Request.Key key) {
            return HeaderMatch.matches(said, order, key.inHeader());
        }

        /** What the levels above list under a person is found as that person's here; an identifier never in part. */
        private boolean isListedAs(AttributeSet person, AttributeSet said, SearchTerms order) {
            if (person.isEmpty()) {
                return false;
            }
            AttributeSet listed = said.filter(tag -> !IDENTITY.contains(tag)).with(person);
            List<Request.Key> identity =
                    asked.stream().filter(key -> IDENTITY.contains(key.tag())).toList();
            return (identity.stream().allMatch(key -> meets(said, order, key))
                            || identity.stream().allMatch(key -> meets(listed, order, key)))
                    && asked.stream()
                            .filter(key -> !IDENTITY.contains(key.tag()))
                            .allMatch(key -> meets(said, order, key) || meets(listed, order, key));
        }

        private boolean asksForOrder() {
            return asked.stream().anyMatch(key -> key.tag() == Tags.ACCESSION_NUMBER);
        }

        /** Where one instance is named, only its header is read. */
        private List<StoredInstance> looked(List<StoredInstance> current) {
            Optional<String> wanted = request.singleUid(Tags.SOP_INSTANCE_UID);
            return wanted.isEmpty()
                    ? current
                    : current.stream()
                            .filter(instance -> wanted.get()
                                    .equals(instance.object().sopInstanceUid().value()))
                            .toList();
        }

        /** Of a damaged object, what is recorded of it: it is still there. */
        private static AttributeSet attributes(InstanceHeader header, StoredInstance instance) {
            return switch (header) {
                case InstanceHeader.Readable(StoredObject _, AttributeSet attributes) -> attributes;
                case InstanceHeader.Unreadable(StoredObject object, ArchiveError _) ->
                    InstanceHeader.identified(object, instance.differences())
                            .with(
                                    Tags.SERIES_INSTANCE_UID,
                                    new Attribute(
                                            Vr.UI,
                                            List.of(new Value.Text(
                                                    instance.series().value()))));
            };
        }

        /** Instances of this series that are skipped without a look at them. */
        private int skippedUnseen() {
            int skipped = asked.isEmpty() ? toSkip : 0;
            toSkip -= skipped;
            return skipped;
        }

        private void openedInVain() {
            if (++openedInVain > MAX_OPENED_IN_VAIN) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "number of instances to look at");
            }
        }

        /** A named study or series is what the log says it is; computed attributes are matched on the series' document. */
        private boolean isPinned(int tag) {
            return (tag == Tags.STUDY_INSTANCE_UID || tag == Tags.SERIES_INSTANCE_UID)
                    && request.singleUid(tag).isPresent();
        }
    }
}

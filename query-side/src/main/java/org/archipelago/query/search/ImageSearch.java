package org.archipelago.query.search;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
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
import org.archipelago.query.header.CorrectionsInForce;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.InstanceHeader;
import org.archipelago.query.header.SeriesInstances;
import org.archipelago.query.matching.HeaderMatch;

/**
 * Queries of the image level, from header files. Where the study or the instance is named, Elasticsearch is not asked;
 * else it names the series that can match. Order: series as at the series level (with a named study: as they arrived),
 * instances as they arrived.
 */
final class ImageSearch {
    /** A query that must open more instances than this is refused: it names too little. */
    static final int MAX_OPENED = 200_000;

    private static final int SERIES_AT_ONCE = 100;
    private static final Set<Integer> SERIES_KEYS = Set.of(
            Tags.SERIES_INSTANCE_UID,
            Tags.MODALITY,
            Tags.SERIES_NUMBER,
            Tags.SERIES_DESCRIPTION,
            Tags.MODALITIES_IN_STUDY,
            Tags.SOP_CLASSES_IN_STUDY);

    private final Hits hits;
    private final HeaderFiles headers;
    private final SeriesInstances instances;
    private final CorrectionsInForce corrections;

    ImageSearch(Hits hits, HeaderFiles headers, SeriesInstances instances, CorrectionsInForce corrections) {
        this.hits = hits;
        this.headers = headers;
        this.instances = instances;
        this.corrections = corrections;
    }

    /** Whether the log alone can answer. */
    static boolean needsNoIndex(Request request) {
        return (request.singleUid(Tags.STUDY_INSTANCE_UID).isPresent()
                        || request.singleUid(Tags.SOP_INSTANCE_UID).isPresent())
                && request.keys().stream()
                        .noneMatch(
                                key -> key.tag() == Tags.MODALITIES_IN_STUDY || key.tag() == Tags.SOP_CLASSES_IN_STUDY);
    }

    /** One match more than the limit when there are more. */
    List<AttributeSet> find(Request request) {
        Collector collector = new Collector(request);
        if (needsNoIndex(request)) {
            named(request).ifPresent(study -> {
                for (SeriesInstanceUid series : instances.series(study)) {
                    if (!collector.take(study, series)) {
                        return;
                    }
                }
            });
            return collector.matches;
        }
        List<JsonNode> filters = CatalogueSearch.filters(request.keys().stream()
                .filter(key -> LevelAttributes.PATIENT.contains(key.tag())
                        || LevelAttributes.STUDY.contains(key.tag())
                        || SERIES_KEYS.contains(key.tag()))
                .toList());
        for (int offset = 0; ; offset += SERIES_AT_ONCE) {
            List<JsonNode> page = hits.page(
                    "series",
                    filters,
                    CatalogueSearch.seriesOrder(),
                    null,
                    List.of("copy", "seriesUid"),
                    offset,
                    SERIES_AT_ONCE);
            for (JsonNode hit : page) {
                StudyCopyId study =
                        new StudyCopyId(new StreamId(hit.path("copy").asText()));
                if (!collector.take(
                        study, new SeriesInstanceUid(hit.path("seriesUid").asText()))) {
                    return collector.matches;
                }
            }
            if (page.size() < SERIES_AT_ONCE) {
                return collector.matches;
            }
        }
    }

    private Optional<StudyCopyId> named(Request request) {
        Optional<String> study = request.singleUid(Tags.STUDY_INSTANCE_UID);
        return study.isPresent()
                ? study.flatMap(uid -> instances.study(new StudyInstanceUid(uid)))
                : request.singleUid(Tags.SOP_INSTANCE_UID).flatMap(uid -> instances.holding(new SopInstanceUid(uid)));
    }

    /** Skips to the offset and takes up to the limit and one. For one query. */
    private final class Collector {
        private final Request request;
        private final List<AttributeSet> matches = new ArrayList<>();
        private int toSkip;
        private int opened;

        Collector(Request request) {
            this.request = request;
            this.toSkip = request.query().offset();
        }

        /** @return whether more are wanted */
        boolean take(StudyCopyId study, SeriesInstanceUid series) {
            Optional<String> wanted = request.singleUid(Tags.SERIES_INSTANCE_UID);
            if (wanted.isPresent() && !wanted.get().equals(series.value())) {
                return true;
            }
            List<StoredInstance> current = instances.current(study, series);
            opened += current.size();
            if (opened > MAX_OPENED) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "number of instances to look at");
            }
            AttributeSet count = AttributeSet.EMPTY.with(
                    Tags.NUMBER_OF_SERIES_RELATED_INSTANCES, CatalogueSearch.number(current.size()));
            Iterator<StoredInstance> each = looked(current).iterator();
            List<StoredObject> objects =
                    looked(current).map(StoredInstance::object).toList();
            for (InstanceHeader found : (Iterable<InstanceHeader>) headers.headers(study, series, objects)::iterator) {
                AttributeSet shown = corrections.apply(study, found.object(), attributes(found, each.next()));
                if (!matches(shown)) {
                    continue;
                }
                if (toSkip > 0) {
                    toSkip--;
                    continue;
                }
                matches.add(request.select(CatalogueSearch.online(shown.with(count))));
                if (matches.size() > request.query().limit()) {
                    return false;
                }
            }
            return true;
        }

        /** Where one instance is named, only its header is read. */
        private Stream<StoredInstance> looked(List<StoredInstance> current) {
            Optional<String> wanted = request.singleUid(Tags.SOP_INSTANCE_UID);
            return current.stream()
                    .filter(instance -> wanted.isEmpty()
                            || wanted.get()
                                    .equals(instance.object().sopInstanceUid().value()));
        }

        /** Of a damaged object, what is recorded of it: it is still there. */
        private AttributeSet attributes(InstanceHeader header, StoredInstance instance) {
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

        /** Computed attributes were matched on the series' document; a named study or series is what the log says it is. */
        private boolean matches(AttributeSet header) {
            return request.keys().stream()
                    .filter(key -> key.tag() != Tags.MODALITIES_IN_STUDY && key.tag() != Tags.SOP_CLASSES_IN_STUDY)
                    .filter(key -> !isPinned(key.tag()))
                    .allMatch(key -> HeaderMatch.matches(header, key.inHeader()));
        }

        private boolean isPinned(int tag) {
            return (tag == Tags.STUDY_INSTANCE_UID || tag == Tags.SERIES_INSTANCE_UID)
                    && request.singleUid(tag).isPresent();
        }
    }
}

package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.query.attributes.AttributeJson;

/** Studies, series, patients and quarantined objects. They are one group, since events of one touch documents of another. */
final class CatalogueFold implements Fold {
    static final String STUDIES = "studies";
    static final String SERIES = "series";
    static final String PATIENTS = "patients";
    static final String QUARANTINE = "quarantine";

    private final StudyFold studies = new StudyFold();
    private final PatientFold patients = new PatientFold();
    private final ForeignFold foreign = new ForeignFold(studies, patients);

    private final Predicate<String> isOwn;

    /** @param isOwn whether this site wrote a stream */
    CatalogueFold(Predicate<String> isOwn) {
        this.isOwn = isOwn;
    }

    private boolean isForeign(String stream) {
        return !isOwn.test(stream);
    }

    static DocumentKey study(String copy) {
        return new DocumentKey(STUDIES, copy);
    }

    static DocumentKey series(String copy, String uid) {
        return new DocumentKey(SERIES, copy + ":" + uid);
    }

    static DocumentKey patient(String record) {
        return new DocumentKey(PATIENTS, record);
    }

    @Override
    public int version() {
        return 13;
    }

    @Override
    public String group() {
        return "catalogue";
    }

    @Override
    public List<String> indexes() {
        return List.of(STUDIES, SERIES, PATIENTS, QUARANTINE);
    }

    @Override
    public List<String> prompt() {
        return List.of(STUDIES, SERIES);
    }

    @Override
    public Duration rest() {
        return Duration.ofMillis(50);
    }

    @Override
    public Set<DocumentKey> needs(Object payload) {
        Set<DocumentKey> needed = new HashSet<>();
        switch (payload) {
            case StudyEvent event -> {
                needed.add(study(event.study().stream().value()));
                addSeries(needed, event);
            }
            case PatientEvent event ->
                needed.add(patient(event.patient().stream().value()));
            case QuarantineEvent event ->
                needed.add(
                        new DocumentKey(QUARANTINE, event.quarantine().stream().value()));
            default -> {} // other groups' events
        }
        return needed;
    }

    private static void addSeries(Set<DocumentKey> needed, StudyEvent event) {
        String copy = event.study().stream().value();
        switch (event) {
            case StudyEvent.StudyRegistered registered ->
                registered.patient().map(PatientRecordId::stream).ifPresent(p -> needed.add(patient(p.value())));
            case StudyEvent.PersonDescribed described ->
                described.patient().map(PatientRecordId::stream).ifPresent(p -> needed.add(patient(p.value())));
            case StudyEvent.SeriesRegistered registered ->
                needed.add(series(copy, registered.series().value()));
            case StudyEvent.InstancesStored stored ->
                stored.instances()
                        .forEach(i -> needed.add(series(copy, i.series().value())));
            case StudyEvent.VersionSuperseded superseded ->
                needed.add(series(copy, superseded.newer().series().value()));
            case StudyEvent.ConflictOpened opened ->
                opened.challenger()
                        .ifPresent(challenger ->
                                needed.add(series(copy, challenger.series().value())));
            case StudyEvent.ConflictResolved resolved ->
                resolved.change().ifPresent(change -> {
                    needed.add(series(copy, change.from().series().value()));
                    needed.add(series(copy, change.to().series().value()));
                });
            case StudyEvent.AttributesVaried varied ->
                varied.series().ifPresent(uid -> needed.add(series(copy, uid.value())));
            case StudyEvent.RenditionKept _,
                    StudyEvent.BlobReplaced _,
                    StudyEvent.InstancesCommitted _,
                    StudyEvent.StudySettled _,
                    StudyEvent.StudyHeld _,
                    StudyEvent.StudyReleased _ -> {}
        }
    }

    @Override
    public boolean takesForeign() {
        return true;
    }

    @Override
    public void passOver(boolean keyMissing, Place place, Documents documents) {
        foreign.passOver(keyMissing, place, documents);
    }

    @Override
    public void reset(Place place, Documents documents) {
        foreign.reset(place, documents);
    }

    @Override
    public void wasReread(Place place, Documents documents) {
        foreign.wasReread(place, documents);
    }

    @Override
    public void apply(Object payload, Place place, Documents documents) {
        if (place.foreign()) {
            foreign.apply(payload, place, documents);
            return;
        }
        switch (payload) {
            case StudyEvent event -> studies.apply(event, place, documents);
            case PatientEvent event -> patients.apply(event, place, documents);
            case QuarantineEvent event -> quarantined(event, place, documents);
            case Erased erased -> erased(erased, place, documents);
            default -> {} // other groups' events
        }
    }

    private static void quarantined(QuarantineEvent event, Place place, Documents documents) {
        switch (event) {
            case QuarantineEvent.ObjectQuarantined object -> {
                String id = object.quarantine().stream().value();
                ObjectNode state = Json.object()
                        .put("quarantine", id)
                        .put("reason", object.reason().name())
                        .put("sopClass", object.object().sopClassUid().value())
                        .put("sopInstance", object.object().sopInstanceUid().value())
                        .put("bytes", object.object().lengthBytes())
                        .put("source", object.source().name())
                        .put("at", object.quarantinedAt().toString());
                state.set("attributes", AttributeJson.write(object.attributes()));
                documents.put(new DocumentKey(QUARANTINE, id), new PlainState(state), place);
            }
            case QuarantineEvent.QuarantinedBlobReplaced _ -> {} // the same bytes
        }
    }

    private void erased(Erased erased, Place place, Documents documents) {
        String id = erased.stream().value();
        switch (erased.stream().kind()) {
            case "study" -> studies.erase(id, place, documents);
            case "patient" -> patients.erase(id, place, documents);
            case "quarantine" -> documents.remove(new DocumentKey(QUARANTINE, id), place);
            default -> {} // other groups' streams
        }
    }

    @Override
    public State read(String index, JsonNode state) {
        return switch (index) {
            case STUDIES -> StudyState.read(state);
            case SERIES -> SeriesState.read(state);
            case PATIENTS -> PatientState.read(state);
            case QUARANTINE -> PlainState.read(state);
            default -> throw new IllegalArgumentException("no index " + index);
        };
    }

    @Override
    public boolean isHidden(State state) {
        return switch (state) {
            // The event of its first instance may come a batch after that of its registration; of another site's study
            // the event
            // that names it may not be readable.
            case StudyState study -> study.instances == 0 || study.studyUid.isEmpty();
            case SeriesState series -> series.instances == 0;
            default -> false;
        };
    }

    @Override
    public Renderer renderer(Documents documents) {
        // A study of many people has many series, and who its people are is the same for each.
        Map<String, StudyPatients> patients = new HashMap<>();
        return (key, state) -> render(
                key,
                state,
                documents,
                study -> patients.computeIfAbsent(study.copy, _ -> StudyPatients.of(study, documents)));
    }

    private ObjectNode render(
            DocumentKey key, State state, Documents documents, Function<StudyState, StudyPatients> patients) {
        return switch (state) {
            case StudyState study
            when study.missed.any() && study.studyUid.isEmpty() -> CatalogueDocuments.unread(study);
            case StudyState study -> CatalogueDocuments.study(study, patients.apply(study), isForeign(study.copy));
            case SeriesState series -> {
                StudyState study = documents
                        .find(study(series.copy), StudyState.class)
                        .orElseThrow(() -> new IllegalStateException("a series without a study"));
                yield CatalogueDocuments.series(series, study, patients.apply(study), isForeign(study.copy));
            }
            case PatientState patient -> CatalogueDocuments.patient(patient, PatientView.of(patient.record, documents));
            case PlainState quarantined -> quarantined.searchable("reason", "source", "at");
            default -> throw new IllegalArgumentException("no document of " + key.index());
        };
    }
}

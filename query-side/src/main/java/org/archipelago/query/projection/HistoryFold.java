package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.site.SiteEvent;

/** Who saw what, and what happened to the node. Apart from the catalogue, so that neither holds up the other. */
final class HistoryFold implements Fold {
    static final String ACCESS = "access";
    static final String SITES = "sites";
    private static final String[] ACCESS_FIELDS = {
        "session",
        "access",
        "who",
        "whoKind",
        "role",
        "from",
        "purpose",
        "study",
        "patient",
        "patients",
        "beganAt",
        "endedAt",
        "outcome",
        "objects",
        "bytes"
    };

    @Override
    public int version() {
        return 3;
    }

    @Override
    public String group() {
        return "history";
    }

    @Override
    public List<String> indexes() {
        return List.of(ACCESS, SITES);
    }

    @Override
    public List<String> prompt() {
        return List.of(ACCESS);
    }

    @Override
    public Duration rest() {
        return Duration.ofMillis(500);
    }

    @Override
    public Set<DocumentKey> needs(Object payload) {
        return switch (payload) {
            case AccessEvent event ->
                Set.of(new DocumentKey(ACCESS, event.session().stream().value()));
            case SiteEvent event -> Set.of(new DocumentKey(SITES, event.stream().value()));
            default -> Set.of();
        };
    }

    @Override
    public void apply(Object payload, Place place, Documents documents) {
        switch (payload) {
            case AccessEvent event -> access(event, place, documents);
            case SiteEvent event -> site(event, place, documents);
            case Erased erased
            when erased.stream().kind().equals("access") ->
                documents.remove(new DocumentKey(ACCESS, erased.stream().value()), place);
            default -> {} // other groups' events
        }
    }

    private static void access(AccessEvent event, Place place, Documents documents) {
        String session = event.session().stream().value();
        DocumentKey key = new DocumentKey(ACCESS, session);
        ObjectNode node = documents
                .find(key, PlainState.class)
                .map(PlainState::node)
                .orElseGet(() -> Json.object().put("session", session));
        switch (event) {
            case AccessEvent.AccessBegan began -> {
                node.put("access", began.kind().name())
                        .put("who", began.who().name())
                        .put("whoKind", began.who().kind().name())
                        .put("purpose", began.purpose())
                        .put("what", began.what())
                        .put("beganAt", began.beganAt().toString());
                began.who().role().ifPresent(role -> node.put("role", role));
                began.who().from().ifPresent(from -> node.put("from", from));
                began.study()
                        .ifPresent(study -> node.put("study", study.stream().value()));
                began.patient()
                        .ifPresent(
                                patient -> node.put("patient", patient.stream().value()));
                patients(
                        node,
                        Stream.concat(began.patient().stream(), began.further().stream())
                                .toList());
            }
            case AccessEvent.AccessWidened widened -> patients(node, widened.patients());
            case AccessEvent.AccessEnded ended -> {
                node.put("endedAt", ended.endedAt().toString())
                        .put("outcome", ended.outcome().name())
                        .put("objects", ended.objects())
                        .put("bytes", ended.bytes());
                patients(node, ended.patients());
            }
        }
        documents.put(key, new PlainState(node), place);
    }

    /** Everyone under whom the session is found: the patient of its study and whom it was about. */
    private static void patients(ObjectNode node, List<PatientRecordId> more) {
        Set<String> all = new LinkedHashSet<>();
        node.path("patients").forEach(known -> all.add(known.asText()));
        more.forEach(patient -> all.add(patient.stream().value()));
        if (!all.isEmpty()) {
            Json.texts(node, "patients", all);
        }
    }

    private static void site(SiteEvent event, Place place, Documents documents) {
        DocumentKey key = new DocumentKey(SITES, event.stream().value());
        ObjectNode node = documents
                .find(key, PlainState.class)
                .map(PlainState::node)
                .orElseGet(
                        () -> Json.object().put("site", event.stream().value()).put("folded", -1));
        if (place.position().value() <= node.path("folded").asLong()) {
            return;
        }
        switch (event) {
            case SiteEvent.NodeStarted started ->
                node.put("version", started.version())
                        .put("configuration", started.configurationDigest())
                        .put("startedAt", started.startedAt().toString())
                        .remove("stoppedAt");
            case SiteEvent.NodeStopped stopped ->
                node.put("stoppedAt", stopped.stoppedAt().toString());
        }
        node.put("folded", place.position().value());
        documents.put(key, new PlainState(node), place);
    }

    @Override
    public State read(String index, JsonNode state) {
        return PlainState.read(state);
    }

    @Override
    public Renderer renderer(Documents documents) {
        return HistoryFold::render;
    }

    private static ObjectNode render(DocumentKey key, State state) {
        if (!(state instanceof PlainState plain)) {
            throw new IllegalArgumentException("no document of " + key.index());
        }
        return key.index().equals(ACCESS)
                ? plain.searchable(ACCESS_FIELDS)
                : plain.searchable("site", "version", "configuration", "startedAt", "stoppedAt");
    }
}

package org.archipelago.node;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.audit.AccessSessions;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;

/** What an operator does from the command line: by the API of a running node, or on the data directory of one that is stopped. */
final class LocalSiteOperations implements SiteOperations {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration VERIFYING = Duration.ofDays(2);
    private static final Duration ANSWERING = Duration.ofSeconds(60);

    private final Clock clock;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();

    LocalSiteOperations(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Map<String, Object> status(NodeAddress node) {
        Map<String, Object> facts = new LinkedHashMap<>();
        Optional<JsonNode> running = ask(node, "GET", "/api/status", ANSWERING);
        facts.put("running", running.isPresent());
        if (running.isPresent()) {
            facts.putAll(JSON.convertValue(running.get(), new TypeReference<Map<String, Object>>() {}));
        } else {
            facts.put("site", node.site());
            facts.put("data", node.data().toString());
        }
        return facts;
    }

    @Override
    public Verification verify(NodeAddress node, Progress progress) {
        Optional<JsonNode> running = ask(node, "POST", "/api/verify", VERIFYING);
        if (running.isPresent()) {
            JsonNode result = running.get();
            List<String> defects = new ArrayList<>();
            result.path("defects").forEach(defect -> defects.add(defect.asText()));
            return new Verification(
                    result.path("records").asLong(),
                    result.path("erased").asLong(),
                    result.path("keys").asLong(),
                    result.path("blobs").asLong(),
                    defects);
        }
        try (Archive archive = stopped(node)) {
            return Maintenance.verify(archive, progress);
        }
    }

    @Override
    public List<String> backup(NodeAddress node, Path target, Path keys, Progress progress) {
        requireStopped(node, "backup");
        try (Archive archive = stopped(node)) {
            return Maintenance.backup(archive, target, keys, progress);
        }
    }

    @Override
    public void restore(Path backup, Path keys, NodeAddress node, Progress progress) {
        Maintenance.restore(backup, keys, configuration(node), progress);
    }

    @Override
    public void rebuildIndex(NodeAddress node, Progress progress) {
        running(node, "POST", "/api/index/rebuild");
        boolean building = true;
        while (building) {
            pause();
            building = false;
            for (JsonNode status : running(node, "GET", "/api/index")) {
                building |= status.path("rebuilding").asBoolean();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(300));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("Interrupted; the node goes on with it.", 130);
        }
    }

    @Override
    public long export(NodeAddress node, ExportRequest request, Progress progress) {
        requireStopped(node, "export");
        Configuration configuration = configuration(node);
        try (Archive archive = stopped(node);
                ReadSide search = ReadSide.open(archive, configuration, clock);
                AccessSessions access = new AccessSessions(
                        archive.commands(),
                        archive.names(),
                        archive.catalog()::patientOf,
                        Duration.ofMinutes(configuration.access().sessionMinutes()),
                        clock)) {
            List<StudyInstanceUid> studies = request.studyUids().isEmpty()
                    ? allStudies(archive)
                    : request.studyUids().stream().map(StudyInstanceUid::new).toList();
            long written = 0;
            for (StudyInstanceUid study : studies) {
                written += export(search.retrieval(), access, study, request.target(), progress);
            }
            return written;
        } catch (IOException e) {
            throw new CommandFailure("The export failed: " + e.getMessage());
        }
    }

    private static List<StudyInstanceUid> allStudies(Archive archive) {
        List<StudyInstanceUid> studies = new ArrayList<>();
        RecordCursor cursor = new RecordCursor(archive.log(), EventLog.BEFORE_FIRST);
        for (Optional<StoredRecord> next = cursor.next(); next.isPresent(); next = cursor.next()) {
            if (archive.sealing().open(next.get().record()).payload() instanceof StudyRegistered registered) {
                studies.add(registered.studyInstanceUid());
            }
        }
        return studies;
    }

    /** Files are numbered: no UID of a sender is ever part of a path. */
    private static long export(
            Retrieval retrieval, AccessRecorder recorder, StudyInstanceUid study, Path target, Progress progress)
            throws IOException {
        List<HeldInstance> instances = retrieval.select(Retrieval.Scope.study(study));
        if (instances.isEmpty()) {
            throw new CommandFailure("There is no study " + study + ".");
        }
        progress.total(instances.size());
        Path directory = Files.createDirectories(target.resolve(number(target)));
        try (AccessRecorder.Access access =
                recorder.begin(AccessKind.EXPORT, Actor.node("command line"), "export", Optional.of(study), "study")) {
            int number = 0;
            for (HeldInstance instance : instances) {
                Path file = directory.resolve("%06d.dcm".formatted(++number));
                try (OutgoingObject object = retrieval.open(instance, List.of());
                        OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                    Part10.writeStart(out, object.sopClassUid(), object.sopInstanceUid(), object.transferSyntax());
                    object.writeTo(out);
                }
                access.count(1, Files.size(file));
                progress.advance(1);
            }
            access.outcome(AccessOutcome.COMPLETED);
        }
        return instances.size();
    }

    private static String number(Path target) throws IOException {
        if (!Files.isDirectory(target)) {
            return "study-00001";
        }
        try (var entries = Files.list(target)) {
            return "study-%05d".formatted(entries.count() + 1);
        }
    }

    @Override
    public List<DeadLetter> deadLetters(NodeAddress node) {
        List<DeadLetter> letters = new ArrayList<>();
        for (JsonNode letter : running(node, "GET", "/api/dead-letters")) {
            letters.add(new DeadLetter(
                    letter.path("record").asText(),
                    letter.path("projection").asText(),
                    letter.path("eventType").asText(),
                    letter.path("parkedAt").asText(),
                    1,
                    letter.path("error").asText()));
        }
        return letters;
    }

    @Override
    public void retryDeadLetter(NodeAddress node, String id) {
        running(node, "POST", "/api/dead-letters/" + encoded(id) + "/retry");
    }

    @Override
    public void discardDeadLetter(NodeAddress node, String id, String reason) {
        running(node, "POST", "/api/dead-letters/" + encoded(id) + "/discard?reason=" + encoded(reason));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Configuration configuration(NodeAddress node) {
        return Archipelago.configuration(node.configuration());
    }

    private Archive stopped(NodeAddress node) {
        return Maintenance.offline(configuration(node), clock);
    }

    private void requireStopped(NodeAddress node, String what) {
        if (ask(node, "GET", "/api/status", ANSWERING).isPresent()) {
            throw new CommandFailure("The node of site " + node.site() + " is running; stop it for the " + what + ".");
        }
    }

    private JsonNode running(NodeAddress node, String method, String path) {
        return ask(node, method, path, ANSWERING)
                .orElseThrow(() -> new CommandFailure("The node of site " + node.site() + " does not answer at "
                        + node.http() + "; start it first."));
    }

    /** Empty when nobody answers there. */
    private Optional<JsonNode> ask(NodeAddress node, String method, String path, Duration patience) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.http() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(patience)
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 400) {
                throw new CommandFailure("The node answered " + answer.statusCode() + ": " + answer.body());
            }
            return Optional.of(JSON.readTree(answer.body()));
        } catch (ConnectException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new CommandFailure("The node at " + node.http() + " did not answer as expected: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("Interrupted.", 130);
        }
    }
}

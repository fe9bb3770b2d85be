package org.archipelago.node;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.Actor;
import org.archipelago.node.audit.AccessSessions;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations;
import org.archipelago.node.configuration.Configuration;

/** What an operator does from the command line: by the API of a running node, or on the data directory of one that is stopped. */
final class LocalSiteOperations implements SiteOperations {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Clock clock;

    LocalSiteOperations(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Map<String, Object> status(NodeAddress node) {
        Map<String, Object> facts = new LinkedHashMap<>();
        Optional<JsonNode> running = ifRunning(node, api -> api.get("/api/status"));
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
    public RunningSite running(NodeAddress node) {
        return onRunning(node, api -> {
            JsonNode status = api.get("/api/status");
            return new RunningSite(
                    status.path("siteId").asText(), status.path("incarnation").asText());
        });
    }

    @Override
    public Verification verify(NodeAddress node, Progress progress) {
        Optional<JsonNode> result =
                ifRunning(node, api -> new RunningJob(api).follow(api.post("/api/verify"), progress));
        if (result.isPresent()) {
            List<String> defects = new ArrayList<>();
            result.get().path("defects").forEach(defect -> defects.add(defect.asText()));
            return new Verification(
                    result.get().path("records").asLong(),
                    result.get().path("erased").asLong(),
                    result.get().path("keys").asLong(),
                    result.get().path("blobs").asLong(),
                    result.get().path("unnamedBlobs").asLong(),
                    result.get().path("blobsComingBack").asLong(),
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
            DataDirectory data = archive.directory();
            progress.total(archive.log().head().value()
                    + 1
                    + Maintenance.copied(data.blobs())
                    + Maintenance.copied(data.pendingReports())
                    + Maintenance.copied(data.deadLetters()));
            return Maintenance.backup(archive, target, keys, progress);
        }
    }

    @Override
    public void restore(Path backup, Path keys, NodeAddress node, Progress progress) {
        // The log counts as one; who is restored is told by a file that does not count.
        progress.total(Maintenance.copied(backup) - 1);
        Maintenance.restore(backup, keys, configuration(node), progress);
    }

    @Override
    public void rebuildIndex(NodeAddress node, Progress progress) {
        onRunning(node, api -> new RunningJob(api).follow(api.post("/api/index/rebuild"), progress));
    }

    /** Through the node if it runs: it holds the locks of its files, and its reads are recorded in their place. */
    @Override
    public ExportResult export(NodeAddress node, ExportRequest request, Progress progress) {
        Optional<ExportResult> beside = ifRunning(node, api -> export(new RunningExport(api), request, progress));
        return beside.orElseGet(() -> exportStopped(node, request, progress));
    }

    private ExportResult exportStopped(NodeAddress node, ExportRequest request, Progress progress) {
        Configuration configuration = configuration(node);
        try (Archive archive = stopped(node);
                ReadSide search = ReadSide.open(archive, configuration, clock);
                AccessSessions access = new AccessSessions(
                        archive.commands(),
                        archive.names(),
                        archive.catalog()::patientsOf,
                        Duration.ofMinutes(configuration.access().sessionMinutes()),
                        configuration.access().maxOpenSessions(),
                        clock)) {
            return export(
                    new ArchiveExport(
                            archive,
                            search.retrieval(),
                            access,
                            Actor.node("command line"),
                            Optional.of(new Quarantine(archive))),
                    request,
                    progress);
        } catch (IOException e) {
            throw new CommandFailure("The archive cannot be read: " + e.getMessage());
        }
    }

    private static ExportResult export(ExportSource source, ExportRequest request, Progress progress) {
        try {
            return new Export(source, request.target(), request.versions(), progress).run(request.studyUids());
        } catch (IOException e) {
            throw new CommandFailure("The export to " + request.target() + " failed: " + e.getMessage()
                    + ". Run the same command again to go on.");
        }
    }

    @Override
    public List<DeadLetter> deadLetters(NodeAddress node) {
        return onRunning(node, api -> {
            List<DeadLetter> letters = new ArrayList<>();
            for (JsonNode letter : api.get("/api/dead-letters")) {
                letters.add(new DeadLetter(
                        letter.path("record").asText(),
                        letter.path("projection").asText(),
                        letter.path("eventType").asText(),
                        letter.path("position").asLong(),
                        letter.path("attempts").asInt(),
                        letter.path("parkedAt").asText(),
                        letter.path("lastFailedAt").asText(),
                        letter.path("error").asText()));
            }
            return letters;
        });
    }

    @Override
    public Retried retryDeadLetter(NodeAddress node, String id) {
        return onRunning(node, api -> {
            JsonNode answer = api.post("/api/dead-letters/" + NodeApi.encoded(id) + "/retry");
            return new Retried(
                    answer.path("taken").asBoolean(),
                    answer.path("folded").asInt(),
                    answer.path("error").asText());
        });
    }

    @Override
    public void discardDeadLetter(NodeAddress node, String id, String reason) {
        onRunning(
                node,
                api -> api.post(
                        "/api/dead-letters/" + NodeApi.encoded(id) + "/discard?reason=" + NodeApi.encoded(reason)));
    }

    @Override
    public List<StudyInConflict> studiesInConflict(NodeAddress node) {
        return onRunning(node, api -> {
            List<StudyInConflict> studies = new ArrayList<>();
            JsonNode page;
            do {
                page = api.get("/api/conflicts?offset=" + studies.size());
                for (JsonNode study : page) {
                    studies.add(new StudyInConflict(
                            study.path("study").asText(),
                            study.path("openConflicts").asInt()));
                }
            } while (!page.isEmpty());
            return studies;
        });
    }

    @Override
    public List<Conflict> conflicts(NodeAddress node, String study) {
        return onRunning(node, api -> {
            List<Conflict> conflicts = new ArrayList<>();
            for (JsonNode conflict : api.get("/api/studies/" + NodeApi.encoded(study) + "/conflicts")) {
                conflicts.add(new Conflict(
                        conflict.path("conflict").asInt(),
                        conflict.path("summary").asText(),
                        conflict.path("openedAt").asText(),
                        conflict.path("source").asText(),
                        conflict.path("instance").asText(),
                        conflict.path("challenger").asText()));
            }
            return conflicts;
        });
    }

    @Override
    public void resolveConflict(NodeAddress node, String study, int number, Optional<String> current, String reason) {
        onRunning(
                node,
                api -> api.post("/api/studies/" + NodeApi.encoded(study) + "/conflicts/" + number + "/resolve?reason="
                        + NodeApi.encoded(reason)
                        + current.map(version -> "&current=" + NodeApi.encoded(version))
                                .orElse("")));
    }

    private static Configuration configuration(NodeAddress node) {
        return Archipelago.configuration(node.configuration());
    }

    private Archive stopped(NodeAddress node) {
        return Maintenance.offline(configuration(node), clock);
    }

    static void requireStopped(NodeAddress node, String what) {
        if (ifRunning(node, _ -> true).isPresent()) {
            throw new CommandFailure("The node of site " + node.site() + " is running; stop it for the " + what + ".");
        }
    }

    static <T> Optional<T> ifRunning(NodeAddress node, Function<NodeApi, T> question) {
        Optional<NodeApi> found = NodeApi.connect(node);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (NodeApi api = found.get()) {
            return Optional.of(question.apply(api));
        } catch (NodeApi.NobodyThereException e) {
            throw new CommandFailure("The node of site " + node.site() + " stopped meanwhile.");
        }
    }

    static <T> T onRunning(NodeAddress node, Function<NodeApi, T> question) {
        return ifRunning(node, question)
                .orElseThrow(() -> new CommandFailure("The node of site " + node.site() + " does not answer at "
                        + node.http() + "; start it first."));
    }
}

package org.archipelago.node.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Everything behind the commands, kept in memory. */
final class FakeNode implements ObjectSenders, SiteOperations, NetworkOperations, NodeLauncher {
    final Map<String, byte[]> taken = Collections.synchronizedMap(new LinkedHashMap<>());
    final List<String> done = new CopyOnWriteArrayList<>();
    final List<DeadLetter> letters = new ArrayList<>();
    List<String> defects = List.of();
    Optional<String> issuer = Optional.empty();
    String refusedInstance = "";
    String breakingInstance = "";
    Map<String, String> unwritable = Map.of();
    long erasedStudies;
    String retryCause = "";
    Optional<RuntimeException> failure = Optional.empty();
    RunningSite site = new RunningSite("site-1", "incarnation-1");
    List<Proof> proofs = List.of();
    List<Peer> peers = List.of();
    int unreachable;
    int exitCode = -1;
    int sends;
    String aeTitle = "NORTH";
    /** What a demo runs as a node. */
    List<String> nodeCommand = List.of("sh", "-c", "echo runs; exec sleep 600");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    int run(Path home, String... arguments) {
        out.reset();
        err.reset();
        Seams seams = new Seams(
                home,
                file -> new NodeAddress(
                        file,
                        file.resolveSibling("data"),
                        "north",
                        URI.create("http://127.0.0.1:8081"),
                        "127.0.0.1",
                        11111,
                        aeTitle),
                this,
                (_, _) -> nodeCommand,
                this,
                this,
                this);
        return new CommandLineProgram(
                        seams,
                        new PrintWriter(out, true, StandardCharsets.UTF_8),
                        new PrintWriter(err, true, StandardCharsets.UTF_8))
                .run(arguments);
    }

    @Override
    public SiteFacts initialise(NodeAddress node) {
        return new SiteFacts(node.site(), "site-1", "0123 4567", done.isEmpty());
    }

    @Override
    public List<Proof> prove(NodeAddress node, Provable what, Progress progress) {
        done.add("prove " + what);
        return proofs;
    }

    @Override
    public byte[] invite(NodeAddress node) {
        throw new UnsupportedOperationException("a real site is needed for a descriptor");
    }

    @Override
    public boolean isLogRecovered(NodeAddress node) {
        return done.stream().anyMatch(act -> act.startsWith("recover "));
    }

    @Override
    public void goWithout(NodeAddress node, List<String> members) {
        done.add("without " + members);
    }

    @Override
    public void goUnfollowed(NodeAddress node) {
        done.add("unfollowed");
    }

    String report = "archipelago recovery report 1\nlost-records 1\nblobs 2\n";

    @Override
    public Optional<String> recoveryReport(NodeAddress node) {
        return Optional.of(report);
    }

    @Override
    public RecoveredSite recover(NodeAddress node, RecoverySource source, Progress progress) {
        progress.total(3);
        progress.advance(3);
        done.add("recover from " + source.peers());
        return new RecoveredSite(
                "site-1",
                3,
                "ab".repeat(32),
                4,
                List.of("site-4"),
                Map.of("access", 1L),
                Map.of("site-2", Map.of("INDEX", 2L)),
                Map.of("site-3", 1L));
    }

    @Override
    public AcceptedPeer accept(NodeAddress node, byte[] descriptor, String fingerprint) {
        throw new UnsupportedOperationException("a real site is needed for a descriptor");
    }

    @Override
    public List<Peer> peers(NodeAddress node) {
        return peers;
    }

    @Override
    public List<String> gaps(NodeAddress node) {
        return List.of();
    }

    @Override
    public void remove(NodeAddress node, String siteId, String reason) {
        done.add("remove " + siteId + " " + reason);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Override
    public ObjectSender open(NodeAddress node, Optional<String> defaultIssuer) throws UnreachableException {
        issuer = defaultIssuer;
        if (unreachable > 0) {
            unreachable--;
            throw new UnreachableException("connection refused");
        }
        return new ObjectSender() {
            @Override
            public Answer send(OutgoingFile file) throws IOException {
                sends++;
                if (file.sopInstanceUid().equals(breakingInstance)) {
                    throw new IOException("connection reset");
                }
                if (file.sopInstanceUid().equals(refusedInstance)) {
                    return new Answer(false, "C000H not a data set");
                }
                try (var in = file.dataset().open()) {
                    byte[] bytes = in.readAllBytes();
                    if (bytes.length != file.lengthBytes()) {
                        throw new IOException("announced " + file.lengthBytes() + ", came " + bytes.length);
                    }
                    taken.put(file.sopInstanceUid(), bytes);
                }
                return new Answer(true, "");
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public RunningNode start(Path configuration) {
        if (exitCode < 0) {
            throw new CommandFailure("port 11111 is in use");
        }
        return new RunningNode() {
            @Override
            public int awaitStop() {
                return exitCode;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Map<String, Object> status(NodeAddress node) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("site", node.site());
        facts.put("records", 17);
        if (isLogRecovered(node)) {
            facts.put("running", true);
            facts.put("recovery", "ended");
            facts.put("blobsMissing", "0");
            facts.put("blobsRecovered", "2");
        }
        facts.put("searchAvailable", "true");
        facts.put("recordsNotYetSearchable", "0");
        facts.put("copiesPending", "0");
        return facts;
    }

    @Override
    public Verification verify(NodeAddress node, Progress progress) {
        failure.ifPresent(this::fail);
        return new Verification(3, 0, 2, 1, 0, 0, defects);
    }

    private void fail(RuntimeException e) {
        throw e;
    }

    @Override
    public List<String> backup(NodeAddress node, Path target, Path keys, Progress progress) {
        done.add("backup " + target + " " + keys);
        return defects;
    }

    @Override
    public void restore(Path backup, Path keys, NodeAddress node, Progress progress) {
        done.add("restore " + backup + " " + keys);
    }

    @Override
    public void rebuildIndex(NodeAddress node, Progress progress) {
        done.add("rebuild");
    }

    @Override
    public ExportResult export(NodeAddress node, ExportRequest request, Progress progress) {
        done.add("export " + request.studyUids() + (request.versions() ? " with versions" : ""));
        return new ExportResult(
                5,
                2,
                1,
                erasedStudies,
                request.versions() ? 0 : 3,
                request.versions() ? 0 : 4,
                unwritable.size(),
                unwritable);
    }

    @Override
    public RunningSite running(NodeAddress node) {
        return site;
    }

    @Override
    public List<DeadLetter> deadLetters(NodeAddress node) {
        return letters;
    }

    @Override
    public Retried retryDeadLetter(NodeAddress node, String id) {
        done.add("retry " + id);
        return new Retried(retryCause.isEmpty(), 1, retryCause);
    }

    @Override
    public List<StudyInConflict> studiesInConflict(NodeAddress node) {
        return List.of(new StudyInConflict("1.2.3", 1));
    }

    @Override
    public List<Conflict> conflicts(NodeAddress node, String study) {
        return study.equals("1.2.3")
                ? List.of(new Conflict(1, "an instance arrived again", "2026-01-01", "CT1", "1.1", "abcd"))
                : List.of();
    }

    @Override
    public void resolveConflict(NodeAddress node, String study, int number, Optional<String> current, String reason) {
        done.add("resolve " + number + " of " + study + " for " + current.orElse("what is current") + " because "
                + reason);
    }

    @Override
    public void discardDeadLetter(NodeAddress node, String id, String reason) {
        done.add("discard " + id + " because " + reason);
    }
}

package org.archipelago.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.archipelago.node.cli.NetworkOperations.Peer;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A demo whose nodes are processes that only wait. */
class DemoCommandTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final FakeNode node = new FakeNode();
    /** Another terminal. */
    private final FakeNode terminal = new FakeNode();

    private final int http = LoopbackPorts.freeInARow(2);
    private final int dicom = LoopbackPorts.freeInARow(2);
    private final int peers = LoopbackPorts.freeInARow(2);

    @TempDir
    Path home;

    private Path data;
    private DemoControl control;

    @BeforeEach
    void elasticsearchThatDoesNothing() throws IOException {
        data = home.resolve("demo");
        control = new DemoControl(data);
        Path script =
                Files.createDirectories(home.resolve("infra/elasticsearch")).resolve("elasticsearch");
        Files.writeString(script, "#!/bin/sh\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void endNodes() throws IOException {
        for (DemoSite site : DemoSite.values()) {
            control.state(site)
                    .flatMap(state -> ProcessHandle.of(state.pid()))
                    .filter(_ -> Files.exists(data))
                    .ifPresent(ProcessHandle::destroy);
        }
    }

    /** In a thread of its own: those of the common pool are few, and tell of processes that have ended. */
    private CompletableFuture<Integer> demo(int sites) {
        String[] command = {
            "demo",
            "--data",
            data.toString(),
            "--sites",
            Integer.toString(sites),
            "--http-port",
            Integer.toString(http),
            "--dicom-port",
            Integer.toString(dicom),
            "--peer-port",
            Integer.toString(peers),
            "--elasticsearch-port",
            Integer.toString(LoopbackPorts.free())
        };
        return CompletableFuture.supplyAsync(
                () -> node.run(home, command), task -> Thread.ofPlatform().start(task));
    }

    private void awaitTable(CompletableFuture<Integer> demo) {
        await().atMost(SOON).until(() -> demo.isDone() || node.out().contains("Ctrl-C stops everything."));
        assertThat(demo).as(node.out() + node.err()).isNotDone();
    }

    private int ask(String... arguments) {
        List<String> command = new ArrayList<>(List.of("demo", "--data", data.toString()));
        command.addAll(List.of(arguments));
        return terminal.run(home, command.toArray(String[]::new));
    }

    private ProcessHandle process(DemoSite site) throws IOException {
        return ProcessHandle.of(control.state(site).orElseThrow().pid()).orElseThrow();
    }

    private static void kill(ProcessHandle process) throws Exception {
        process.destroyForcibly();
        process.onExit().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    /** As after an introduction. */
    private void knowEachOther() {
        node.peers = List.of(
                new Peer("north", "site-1", "0123 4567", "127.0.0.1:" + peers, ""),
                new Peer("harbor", "site-1", "0123 4567", "127.0.0.1:" + (peers + 1), ""));
    }

    @Test
    void siteOfARunningDemo_isStoppedAndStartedFromAnotherTerminal() throws Exception {
        knowEachOther();
        CompletableFuture<Integer> demo = demo(2);
        awaitTable(demo);
        assertThat(node.out())
                .contains(
                        "Sites north, harbor run as one network", "./archipelago demo stop-site north --data " + data);
        ProcessHandle north = process(DemoSite.north);
        ProcessHandle harbor = process(DemoSite.harbor);

        assertThat(ask("stop-site", "north")).as(terminal.err()).isZero();
        assertThat(north.isAlive()).isFalse();
        assertThat(harbor.isAlive()).isTrue();
        assertThat(terminal.out()).contains("Site north is stopped");

        assertThat(ask("start-site", "north", "--json")).as(terminal.err()).isZero();
        assertThat(terminal.out()).contains("\"running\" : true");
        assertThat(process(DemoSite.north).pid()).isNotEqualTo(north.pid());
        assertThat(ask("stop-site", "valley")).isEqualTo(1);
        assertThat(terminal.err()).contains("Site valley is not in the demo that runs in " + data);

        kill(harbor);
        await().atMost(SOON).until(() -> node.out().contains("The node of harbor ended (exit code 137)"));
        assertThat(demo).isNotDone();
        assertThat(ask("start-site", "harbor")).isZero();

        kill(process(DemoSite.harbor));
        kill(process(DemoSite.north));
        assertThat(demo.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(137);
        assertThat(node.out()).contains("Stopped.");
    }

    private Path identity(String of) {
        return data.resolve("north").resolve(of).resolve("site.secret");
    }

    @Test
    void siteThatIsLost_comesBackFromItsNeighboursAndNotOtherwise() throws Exception {
        knowEachOther();
        CompletableFuture<Integer> demo = demo(2);
        awaitTable(demo);
        Path secret = data.resolve("north/data/identity/site.secret");
        Files.createDirectories(secret.getParent());
        Files.writeString(secret, "secret");
        Files.writeString(data.resolve("north/data/images"), "images");
        ProcessHandle north = process(DemoSite.north);
        assertThat(ask("restore-site", "north")).isEqualTo(1);
        assertThat(terminal.err()).contains("Site north is not lost.");

        assertThat(ask("lose-site", "north")).as(terminal.err()).isZero();
        assertThat(north.isAlive()).isFalse();
        assertThat(data.resolve("north/data")).doesNotExist();
        assertThat(data.resolve("north/lost")).doesNotExist();
        assertThat(identity("kept-identity")).hasContent("secret");
        assertThat(ask("start-site", "north")).isEqualTo(1);
        assertThat(terminal.err()).contains("Site north is lost; './archipelago demo restore-site north'");

        assertThat(ask("restore-site", "north")).as(terminal.err() + node.out()).isZero();
        assertThat(node.done).contains("recover from [harbor]");
        assertThat(process(DemoSite.north).isAlive()).isTrue();
        assertThat(data.resolve("north/kept-identity")).doesNotExist();
        assertThat(node.out()).contains("3 of 4 records of north came back");

        kill(process(DemoSite.harbor));
        kill(process(DemoSite.north));
        demo.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void siteThatAnEarlierDemoLost_comesBackAtTheNextStart() throws Exception {
        knowEachOther();
        CompletableFuture<Integer> demo = demo(2);
        Path half = data.resolve("north/lost/identity/site.secret");
        await().atMost(SOON).until(() -> Files.exists(data.resolve("north")));
        awaitTable(demo);
        Files.createDirectories(half.getParent());
        Files.writeString(half, "secret");
        kill(process(DemoSite.harbor));
        kill(process(DemoSite.north));
        demo.get(SOON.toSeconds(), TimeUnit.SECONDS);

        CompletableFuture<Integer> next = demo(2);
        await().atMost(SOON).until(() -> next.isDone() || node.done.contains("recover from [harbor]"));
        await().atMost(SOON).until(() -> !Files.exists(data.resolve("north/kept-identity")));
        await().atMost(SOON)
                .until(() -> control.state(DemoSite.north)
                        .filter(state -> state.kind() == SiteState.Kind.RUNNING)
                        .isPresent());
        assertThat(data.resolve("north/lost")).doesNotExist();
        kill(process(DemoSite.harbor));
        kill(process(DemoSite.north));
        next.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void onlySite_isNotLost() throws Exception {
        CompletableFuture<Integer> demo = demo(1);
        awaitTable(demo);
        Files.createDirectories(data.resolve("north/data"));
        assertThat(ask("lose-site", "north")).isEqualTo(1);
        assertThat(node.out()).contains("There is no other site that could bring north back; nothing was deleted.");
        assertThat(data.resolve("north/data")).exists();
        kill(process(DemoSite.north));
        demo.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void siteWithoutADemo_isNeitherStoppedNorNamed() {
        assertThat(ask("stop-site", "north")).isEqualTo(1);
        assertThat(terminal.err()).contains("No demo runs in " + data);
        assertThat(ask("stop-site")).isEqualTo(2);
        assertThat(terminal.err()).contains("[north, harbor, valley]");
        assertThat(data).doesNotExist();
    }

    @Test
    void nodeThatDoesNotStartAgain_failsWhereItWasAskedFor() throws Exception {
        CompletableFuture<Integer> demo = demo(1);
        awaitTable(demo);
        ask("stop-site", "north");
        node.nodeCommand = List.of("sh", "-c", "echo 'start: The port is in use.' >&2; exit 1");
        assertThat(ask("start-site", "north")).isEqualTo(1);
        assertThat(terminal.err()).contains("That failed", "north/node.log");
        assertThat(node.out()).contains("The node of north did not start (The port is in use); its log is ");
        node.nodeCommand = List.of("sh", "-c", "echo runs; exit 70");
        ask("start-site", "north");
        assertThat(demo.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(70);
    }

    @Test
    void nodeThatDoesNotStart_failsWithItsLastWordsAndLeavesNothingBehind() throws Exception {
        node.nodeCommand = List.of("sh", "-c", "echo 'start: The port is in use.' >&2; exit 1");
        assertThat(demo(1).get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(node.err()).contains("demo: The node of north did not start (The port is in use); its log is ");
        assertThat(control.state(DemoSite.north)).isEmpty();
    }

    @Test
    void nodeThatAKilledDemoLeft_isEndedBeforeTheNextStarts() throws Exception {
        try (DemoDirectory directory = new DemoDirectory(data)) {
            directory.open();
            DemoPorts ports = new DemoPorts(List.of(DemoSite.values()), 1, 2, 3, 4);
            directory.writeConfiguration(DemoSite.harbor, ports.of(DemoSite.harbor));
            directory.writeConfiguration(DemoSite.valley, ports.of(DemoSite.valley));
        }
        Process left = new ProcessBuilder(
                        "sh",
                        "-c",
                        "sleep 600; true",
                        "node",
                        data.resolve("valley/node.yaml").toString())
                .start();
        try {
            control.say(DemoSite.valley, new SiteState(SiteState.Kind.RUNNING, left.pid()));
            control.say(
                    DemoSite.harbor,
                    new SiteState(
                            SiteState.Kind.RUNNING, ProcessHandle.current().pid()));
            node.nodeCommand = List.of("false");
            demo(1).get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertThat(left.isAlive()).isFalse();
        } finally {
            left.descendants().forEach(ProcessHandle::destroy);
            left.destroy();
        }
    }
}

package org.archipelago.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineProgramTest {
    private final FakeNode node = new FakeNode();

    @TempDir
    Path home;

    private String configuration = "";

    @BeforeEach
    void configured() throws IOException {
        configuration = Files.writeString(home.resolve("node.yaml"), "").toString();
    }

    @Test
    void noArguments_listEveryCommand() {
        assertThat(node.run(home)).isZero();
        assertThat(node.out())
                .contains("demo", "start", "import", "export", "backup", "restore", "status", "verify", "rebuild-index")
                .contains("dead-letters", "elasticsearch", "test");
    }

    @Test
    void unknownCommand_exitsWithTwo() {
        assertThat(node.run(home, "fly")).isEqualTo(2);
        assertThat(node.err()).contains("fly");
    }

    @Test
    void unknownSite_failsWithOneLineThatSaysWhatToDo() {
        assertThat(node.run(home, "status", "--data", home.toString(), "--site", "harbor"))
                .isEqualTo(1);
        assertThat(node.err().strip().lines()).singleElement().asString().contains("harbor", "run 'demo' first");
    }

    @Test
    void status_showsFactsAndJson() throws IOException {
        assertThat(node.run(home, "status", "--config", configuration)).isZero();
        assertThat(node.out()).containsPattern("records +17");
        node.run(home, "status", "--config", configuration, "--json");
        JsonNode json = new ObjectMapper().readTree(node.out());
        assertThat(json.path("records").asInt()).isEqualTo(17);
    }

    @Test
    void verify_failsWhenAnythingIsDamaged() {
        assertThat(node.run(home, "verify", "--config", configuration)).isZero();
        node.defects = List.of("blob 17 is damaged");
        assertThat(node.run(home, "verify", "--config", configuration)).isEqualTo(1);
        assertThat(node.out()).contains("1 are damaged or missing").contains("blob 17 is damaged");
    }

    @Test
    void backup_needsADirectoryForTheKeysAndSaysWhy() {
        String target = home.resolve("target").toString();
        assertThat(node.run(home, "backup", "--config", configuration, target)).isEqualTo(1);
        assertThat(node.err()).contains("--keys").contains("open everything");
        assertThat(node.run(home, "restore", "--config", configuration, home.toString()))
                .isEqualTo(1);
        assertThat(node.err()).contains("--keys");
        assertThat(node.done).isEmpty();
        String keys = home.resolve("keys").toString();
        assertThat(node.run(home, "backup", "--config", configuration, target, "--keys", keys))
                .isZero();
        assertThat(node.done).containsExactly("backup " + target + " " + keys);
    }

    @Test
    void restore_isFromABackupOrFromPeers() {
        assertThat(node.run(home, "restore", "--config", configuration)).isEqualTo(2);
        assertThat(node.run(home, "restore", "--config", configuration, "--from", "harbor", home.toString()))
                .isEqualTo(2);
        assertThat(node.done).isEmpty();
    }

    @Test
    void restoredSiteThatNobodyFollows_isSaidByTheOperator() {
        assertThat(node.run(home, "restore", "--config", configuration, "--unfollowed"))
                .isZero();
        assertThat(node.done).containsExactly("unfollowed");
        assertThat(node.run(home, "restore", "--config", configuration, "--unfollowed", "--from", "harbor"))
                .isEqualTo(2);
        assertThat(node.done).containsExactly("unfollowed");
    }

    @Test
    void restoreFromPeers_printsTheReportAndFailsWhenSomethingIsLost() {
        assertThat(node.run(home, "restore", "--config", configuration, "--from", "harbor", "--log-only"))
                .isZero();
        assertThat(node.done).containsExactly("recover from [harbor]");
        assertThat(node.out())
                .contains("3 records came back", "1 more that nobody has", "site-4 did not answer", "were refused");
        assertThat(node.run(
                        home,
                        "restore",
                        "--config",
                        configuration,
                        "--from",
                        "harbor",
                        "--without",
                        "valley",
                        "--log-only"))
                .isZero();
        assertThat(node.done).containsExactly("recover from [harbor]", "without [valley]");
        node.done.removeLast();
        assertThat(node.run(home, "restore", "--config", configuration, "--from", "harbor"))
                .isEqualTo(1);
        assertThat(node.done).containsExactly("recover from [harbor]");
        assertThat(node.out()).contains("lost-records 1", "Not everything came back");
    }

    @Test
    void restoreFromPeers_isWholeOnlyIfEveryStudyOpens() {
        String whole = "archipelago recovery report 1\nlost-records 0\nclosed access 3\n"
                + "blobs-at-no-holder 0\nblobs-without-key 0\n";
        node.report = whole;
        node.run(home, "restore", "--config", configuration, "--from", "harbor", "--log-only");
        assertThat(node.run(home, "restore", "--config", configuration, "--from", "harbor"))
                .isZero();
        for (String loss : List.of("closed study 2", "closed grant 1", "silent site-4")) {
            node.report = whole + loss + "\n";
            assertThat(node.run(home, "restore", "--config", configuration, "--from", "harbor"))
                    .as(loss)
                    .isEqualTo(1);
        }
    }

    @Test
    void backupOfWhatIsDamaged_saysSoAndExitsWithOne() {
        node.defects = List.of("record at 17: is not what was written");
        assertThat(node.run(
                        home,
                        "backup",
                        "--config",
                        configuration,
                        home.resolve("target").toString(),
                        "--keys",
                        home.resolve("keys").toString()))
                .isEqualTo(1);
        assertThat(node.out()).contains("record at 17");
    }

    @Test
    void backupToFilledDirectory_isRefused() throws IOException {
        String full = Files.writeString(
                        Files.createDirectories(home.resolve("full")).resolve("file"), "x")
                .getParent()
                .toString();
        String empty = home.resolve("empty").toString();
        assertThat(node.run(home, "backup", "--config", configuration, full, "--keys", empty))
                .isEqualTo(1);
        assertThat(node.err()).contains("is not empty");
        assertThat(node.run(home, "backup", "--config", configuration, empty, "--keys", full))
                .isEqualTo(1);
        assertThat(node.err()).contains("is not empty");
        assertThat(node.done).isEmpty();
    }

    @Test
    void export_passesStudies() {
        String target = home.resolve("out").toString();
        assertThat(node.run(home, "export", "--config", configuration, target, "--study", "1.2", "--study", "1.3"))
                .isZero();
        assertThat(node.done).containsExactly("export [1.2, 1.3]");
        assertThat(node.out()).contains("5 objects written", ", 1 replaced, 2 were there already, 0 failed");
    }

    @Test
    void export_saysWhatItLeavesOutUnlessVersionsAreAskedFor() {
        String target = home.resolve("out").toString();
        assertThat(node.run(home, "export", "--config", configuration, target)).isZero();
        assertThat(node.out())
                .contains("left out: 3 versions that are not current and 4 quarantined objects", "--versions");
        assertThat(node.run(home, "export", "--config", configuration, target, "--versions"))
                .isZero();
        assertThat(node.done).endsWith("export [] with versions");
        assertThat(node.out().substring(node.out().lastIndexOf("objects written")))
                .doesNotContain("left out");
    }

    @Test
    void exportWithFailures_listsThemAndExitsWithOne() {
        node.unwritable = Map.of("1.2 1.2.3", "CORRUPT");
        assertThat(node.run(
                        home,
                        "export",
                        "--config",
                        configuration,
                        home.resolve("out").toString()))
                .isEqualTo(1);
        assertThat(node.out()).contains("1 failed").contains("1.2 1.2.3: CORRUPT");
    }

    @Test
    void deadLetters_areListedShownRetriedAndDiscardedWithReason() {
        node.letters.add(new SiteOperations.DeadLetter(
                "7", "studies", "InstancesStored", 41, 2, "2026-01-01", "2026-01-02", "mapping"));
        assertThat(node.run(home, "dead-letters", "list", "--config", configuration))
                .isZero();
        assertThat(node.out()).contains("InstancesStored").contains("mapping");
        assertThat(node.run(home, "dead-letters", "show", "7", "--config", configuration))
                .isZero();
        assertThat(node.out())
                .containsPattern("position +41")
                .containsPattern("attempts +2")
                .containsPattern("first failure +2026-01-01")
                .containsPattern("last failure +2026-01-02");
        assertThat(node.run(home, "dead-letters", "show", "8", "--config", configuration))
                .isEqualTo(1);
        assertThat(node.run(home, "dead-letters", "retry", "7", "--config", configuration))
                .isZero();
        assertThat(node.run(home, "dead-letters", "discard", "7", "--config", configuration))
                .isEqualTo(2);
        assertThat(node.run(home, "dead-letters", "discard", "7", "--reason", "a test", "--config", configuration))
                .isZero();
        assertThat(node.done).containsExactly("retry 7", "discard 7 because a test");
    }

    @Test
    void conflicts_areListedShownAndResolvedWithReason() {
        assertThat(node.run(home, "conflicts", "list", "--config", configuration))
                .isZero();
        assertThat(node.out()).contains("1.2.3");
        assertThat(node.run(home, "conflicts", "show", "1.2.3", "--config", configuration))
                .isZero();
        assertThat(node.out())
                .contains("an instance arrived again")
                .contains("CT1")
                .contains("abcd");
        assertThat(node.run(home, "conflicts", "show", "1.2.4", "--config", configuration))
                .isZero();
        assertThat(node.out()).contains("no open conflict");
        assertThat(node.run(home, "conflicts", "resolve", "1.2.3", "1", "--config", configuration))
                .isEqualTo(2);
        assertThat(node.run(home, "conflicts", "resolve", "1.2.3", "1", "--reason", " ", "--config", configuration))
                .isEqualTo(2);
        assertThat(node.run(
                        home,
                        "conflicts",
                        "resolve",
                        "1.2.3",
                        "1",
                        "--current",
                        "abcd",
                        "--reason",
                        "seen",
                        "--config",
                        configuration))
                .isZero();
        assertThat(node.run(home, "conflicts", "resolve", "1.2.3", "2", "--reason", "ok", "--config", configuration))
                .isZero();
        assertThat(node.done)
                .containsExactly(
                        "resolve 1 of 1.2.3 for abcd because seen",
                        "resolve 2 of 1.2.3 for what is current because ok");
    }

    @Test
    void retryInVain_failsWithTheReason() {
        node.retryCause = "NullPointerException";
        assertThat(node.run(home, "dead-letters", "retry", "7", "--config", configuration))
                .isEqualTo(1);
        assertThat(node.err().strip().lines())
                .singleElement()
                .asString()
                .contains("still cannot be taken in: NullPointerException");
    }

    @Test
    void failuresOfTheMachine_areOneLine() {
        for (RuntimeException failure : List.of(
                new ConfigurationException("another node is using /srv; stop it first"),
                new UncheckedIOException(new NoSuchFileException("/srv/log")))) {
            node.failure = Optional.of(failure);
            assertThat(node.run(home, "verify", "--config", configuration)).isEqualTo(1);
            assertThat(node.err().strip().lines()).singleElement().asString().contains("/srv");
        }
    }

    @Test
    void refusal_saysOnceWhatToDo() {
        node.failure = Optional.of(new ArchiveException(ArchiveError.CORRUPT, "blob"));
        assertThat(node.run(home, "verify", "--config", configuration)).isEqualTo(1);
        assertThat(node.err().strip()).isEqualTo("verify: " + ArchiveError.CORRUPT.advice() + " [blob]");
    }

    @Test
    void portInUse_failsWithTheOptionThatChangesIt() throws IOException {
        script("true");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int status = node.run(
                    home,
                    "demo",
                    "--data",
                    home.resolve("demo").toString(),
                    "--http-port",
                    Integer.toString(taken.getLocalPort()),
                    "--sites",
                    "1");
            assertThat(status).isEqualTo(1);
            assertThat(node.err())
                    .contains("Port " + taken.getLocalPort() + " is in use; choose another one with --http-port N.");
        }
        assertThat(home.resolve("demo")).doesNotExist();
    }

    @Test
    void freshDemo_neverDeletesWhatItDidNotMake() throws IOException {
        Path precious = Files.createDirectories(home.resolve("precious"));
        Files.writeString(precious.resolve("thesis"), "x");
        assertThat(node.run(home, "demo", "--fresh", "--data", precious.toString()))
                .isEqualTo(1);
        assertThat(node.err()).contains("was not made by a demo");
        assertThat(precious.resolve("thesis")).exists();
    }

    @Test
    void demoDirectory_clearsAllButItsOwnMark() throws IOException {
        try (DemoDirectory directory = new DemoDirectory(home.resolve("demo"))) {
            directory.open();
            directory.writeConfiguration(
                    DemoSite.harbor, new DemoPorts.OfSite(8082, 11112, OptionalInt.of(8092), 9200));
            assertThat(home.resolve("demo/harbor/node.yaml"))
                    .content()
                    .contains("8082", "11112", "HARBOR", "8092", "wanted: 2");
            directory.clear();
        }
        assertThat(home.resolve("demo")).isDirectoryContaining("glob:**/this-is-an-archipelago-demo");
        assertThat(home.resolve("demo/harbor")).doesNotExist();
    }

    @Test
    void secondDemoInTheSameDirectory_isRefused() throws IOException {
        try (DemoDirectory directory = new DemoDirectory(home.resolve("demo"))) {
            directory.open();
            assertThat(node.run(home, "demo", "--data", home.resolve("demo").toString()))
                    .isEqualTo(1);
            assertThat(node.err()).contains("A demo is running in " + home.resolve("demo"));
        }
    }

    @Test
    void elasticsearchLeftByAKilledDemo_isStoppedBeforeAnythingStarts() throws IOException {
        Files.createDirectories(demoDirectory().resolve("north/data"));
        assertThat(callsOfADemo()).containsExactly("stop --quiet", "start --port", "stop --quiet");
    }

    @Test
    void whatElasticsearchKept_isRemovedForANewNode() throws IOException {
        assertThat(callsOfADemo()).containsExactly("remove --quiet", "start --port", "stop --quiet");
        Files.createDirectories(demoDirectory().resolve("harbor/data"));
        assertThat(callsOfADemo("--fresh"))
                .containsExactly("stop --quiet", "remove --quiet", "start --port", "stop --quiet");
    }

    /** Of an earlier demo. */
    private Path demoDirectory() throws IOException {
        try (DemoDirectory directory = new DemoDirectory(home.resolve("demo"))) {
            directory.open();
            return directory.root();
        }
    }

    /** What a demo asks of an Elasticsearch that does not start. */
    private List<String> callsOfADemo(String... options) throws IOException {
        Path calls = home.resolve("infra/elasticsearch/calls");
        Files.deleteIfExists(calls);
        script("echo \"$@\" >>\"$(dirname \"$0\")/calls\"; [ \"$1\" != start ]");
        String[] ports = freePorts();
        List<String> command = new ArrayList<>(List.of(
                "demo",
                "--sites",
                "1",
                "--data",
                home.resolve("demo").toString(),
                "--http-port",
                ports[0],
                "--dicom-port",
                ports[1],
                "--elasticsearch-port",
                ports[2]));
        command.addAll(List.of(options));
        assertThat(node.run(home, command.toArray(String[]::new))).isEqualTo(1);
        assertThat(node.err()).contains("Elasticsearch did not start");
        return Files.readAllLines(calls).stream()
                .map(call -> call.replace(" --data " + home.resolve("demo/elasticsearch"), "")
                        .replace(" " + ports[2], ""))
                .toList();
    }

    @Test
    void portThatIsNone_exitsWithTwo() throws IOException {
        script("true");
        assertThat(node.run(
                        home,
                        "demo",
                        "--sites",
                        "1",
                        "--data",
                        home.resolve("demo").toString(),
                        "--http-port",
                        "70000"))
                .isEqualTo(2);
        assertThat(node.err()).contains("--http-port takes a port from 1 to 65535.");
    }

    private void script(String body) throws IOException {
        Path script =
                Files.createDirectories(home.resolve("infra/elasticsearch")).resolve("elasticsearch");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    private static String[] freePorts() {
        return new String[] {
            Integer.toString(LoopbackPorts.free()),
            Integer.toString(LoopbackPorts.free()),
            Integer.toString(LoopbackPorts.free())
        };
    }

    @Test
    void startedNode_saysWhereItListens() {
        node.exitCode = 0;
        node.run(home, "start", "--config", configuration);
        assertThat(node.out()).contains("Site north runs: http://127.0.0.1:8081/, DICOM NORTH at 127.0.0.1:11111");
        node.aeTitle = "";
        node.run(home, "start", "--config", configuration);
        assertThat(node.out())
                .contains("Site north runs: http://127.0.0.1:8081/, no DICOM (dicom.listeners")
                .doesNotContain("11111");
    }

    @Test
    void nodeThatGaveUp_exitsWithItsCode() {
        node.exitCode = 70;
        assertThat(node.run(home, "start", "--config", configuration)).isEqualTo(70);
        node.exitCode = 0;
        assertThat(node.run(home, "start", "--config", configuration)).isZero();
    }

    @Test
    void startWithoutConfiguration_exitsWithTwo() {
        assertThat(node.run(home, "start")).isEqualTo(2);
        assertThat(node.run(home, "start", "--config", "nowhere.yaml")).isEqualTo(1);
        assertThat(node.err()).contains("There is no configuration file nowhere.yaml.");
    }
}

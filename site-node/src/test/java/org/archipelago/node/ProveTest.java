package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.site.SiteCommand.StartNode;
import org.archipelago.eventstore.LogListener;
import org.archipelago.node.cli.CommandLineProgram;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.Seams;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line on a node that is stopped, and on a machine that has none. */
class ProveTest {
    private static final int RECORDS = 3;

    private final Clock clock = Clock.systemUTC();

    @TempDir
    Path temp;

    private NodeAddress node;
    private String fingerprint = "";
    private RecordId second;
    private String said = "";

    @BeforeEach
    void record() throws IOException {
        node = Sites.address(temp, "north");
        Configuration configuration = ConfigurationFile.read(node.configuration());
        try (Archive archive = Archive.open(
                        configuration, clock, Comparison.configured(configuration), LogListener.NONE, () -> {});
                SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            for (int i = 0; i < RECORDS; i++) {
                archive.commands().send(new StartNode(archive.names().site("node"), "1", "d"));
            }
            second = archive.log()
                    .recordIdAt(new org.archipelago.contract.log.LocalPosition(1))
                    .orElseThrow();
            fingerprint = federation.identity().fingerprint().toString();
        }
    }

    private int run(String... arguments) {
        StringWriter out = new StringWriter();
        Seams seams = new Seams(
                temp,
                _ -> node,
                _ -> {
                    throw new IllegalStateException("no node is started here");
                },
                (_, _) -> List.of(),
                new DicomSenders(),
                new LocalSiteOperations(clock),
                new LocalNetworkOperations(clock));
        List<String> all = new ArrayList<>(List.of(arguments));
        int exitCode = new CommandLineProgram(seams, new PrintWriter(out), new PrintWriter(out))
                .run(all.toArray(String[]::new));
        said = out.toString();
        return exitCode;
    }

    private Path proven() {
        Path file = temp.resolve("p.tlog-proof");
        assertThat(run(
                        "prove",
                        "--config",
                        node.configuration().toString(),
                        "--position",
                        "1",
                        "--to",
                        file.toString()))
                .isZero();
        return file;
    }

    @Test
    void proof_isCheckedWithTheFingerprintAlone() {
        String file = proven().toString();
        assertThat(run("prove", "--check", file, "--fingerprint", fingerprint)).isZero();
        assertThat(said).contains(": proven\n", "NodeStarted", second.toString());
    }

    @Test
    void proofWithoutAFingerprint_saysWhatToCompareAndIsNoSuccess() {
        String file = proven().toString();
        assertThat(run("prove", "--check", file)).isEqualTo(3);
        assertThat(said).contains("if the site's people say that this is its fingerprint", fingerprint);
    }

    @Test
    void proofUnderAnotherKey_isNone() {
        String file = proven().toString();
        assertThat(run("prove", "--check", file, "--fingerprint", "00".repeat(32)))
                .isEqualTo(1);
        assertThat(said).contains("NOT PROVEN", "another key");
    }

    @Test
    void alteredProof_isNone() throws IOException {
        Path file = proven();
        Files.writeString(file, Files.readString(file).replace("index 1\n", "index 0\n"));
        assertThat(run("prove", "--check", file.toString(), "--fingerprint", fingerprint))
                .isEqualTo(1);
        assertThat(said).contains("NOT PROVEN");
    }

    @Test
    void record_isProvenByItsId() {
        Path file = temp.resolve("r.tlog-proof");
        String configuration = node.configuration().toString();
        assertThat(run("prove", "--config", configuration, "--record", second.toString(), "--to", file.toString()))
                .isZero();
        assertThat(file).hasSameBinaryContentAs(proven());
    }

    @Test
    void fileThatIsThere_isNeverOverwritten() {
        Path file = proven();
        assertThat(run(
                        "prove",
                        "--config",
                        node.configuration().toString(),
                        "--position",
                        "0",
                        "--to",
                        file.toString()))
                .isEqualTo(1);
        assertThat(said).contains("exists already");
        assertThat(run("prove", "--check", file.toString(), "--fingerprint", fingerprint, "--json"))
                .isZero();
        assertThat(said).contains("\"position\" : 1");
    }

    @Test
    void whatIsNotThere_isOneClearLine() {
        String configuration = node.configuration().toString();
        assertThat(run("prove", "--config", configuration, "--position", "7")).isEqualTo(1);
        assertThat(said.strip().lines()).singleElement().asString().contains("record 7");
        assertThat(run("prove", "--config", configuration, "--study", "1.2.3")).isEqualTo(1);
        assertThat(said.strip().lines()).singleElement().asString().contains("study");
    }
}

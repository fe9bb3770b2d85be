package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.archipelago.contract.site.SiteCommand.StartNode;
import org.archipelago.eventstore.LogListener;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.node.cli.NetworkOperations.SiteFacts;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteFederationTest {
    private final Clock clock = Clock.systemUTC();

    @TempDir
    Path temp;

    private Configuration configuration;
    private Archive archive;

    @BeforeEach
    void open() {
        configuration = ConfigurationFile.parse("data: north\nblobs: { lowWaterMarkBytes: 1000000 }\n", temp, "test");
        archive = Archive.open(configuration, clock, Comparison.configured(configuration), LogListener.NONE, () -> {});
    }

    @AfterEach
    void close() {
        archive.close();
    }

    private void record() {
        archive.commands().send(new StartNode(archive.names().site("node"), "1", "d"));
    }

    @Test
    void firstStart_makesASigningKeyForItsOwnerOnly() throws IOException {
        try (SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            assertThat(federation.facts()).containsEntry("signing", "yes").containsEntry("recordsSigned", "0");
        }
        assertThat(Files.getPosixFilePermissions(temp.resolve("north/identity/signing-key.pem")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void records_areSignedSoonAfterTheyAreWritten() throws IOException {
        try (SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            federation.start();
            record();
            await().untilAsserted(
                            () -> assertThat(federation.checkpoints().latest().map(SignedCheckpoint::size))
                                    .contains(1L));
            record();
            await().untilAsserted(() -> assertThat(federation.facts()).containsEntry("recordsNotSigned", "0"));
        }
    }

    @Test
    void stop_signsWhatIsThereAndTheNextStartGoesOnFromIt() throws IOException {
        SiteFingerprint fingerprint;
        try (SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            fingerprint = federation.identity().fingerprint();
            record();
        }
        try (SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            assertThat(federation.identity().fingerprint()).isEqualTo(fingerprint);
            assertThat(federation.facts()).containsEntry("recordsSigned", "1");
        }
    }

    @Test
    void keyThatIsLostBesideACheckpoint_isNotMadeAnew() throws IOException {
        try (SiteFederation _ = SiteFederation.open(archive, configuration, clock)) {
            record();
        }
        Files.delete(temp.resolve("north/identity/signing-key.pem"));
        assertThatThrownBy(() -> SiteFederation.open(archive, configuration, clock))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("signing-key.pem", "bring it back");
    }

    @Test
    void keyThatOthersMayRead_isRefused() throws IOException {
        SiteFederation.open(archive, configuration, clock).close();
        Files.setPosixFilePermissions(
                temp.resolve("north/identity/signing-key.pem"), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> SiteFederation.open(archive, configuration, clock))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void siteThatWasInitialised_isTheOneThatStarts() throws IOException {
        LocalNetworkOperations operations = new LocalNetworkOperations(clock);
        SiteFacts made = operations.initialise(Sites.address(temp, "harbor"));
        assertThat(made.made()).isTrue();
        assertThat(operations.initialise(Sites.address(temp, "harbor"))).isEqualTo(Sites.notMade(made));
        Configuration harbor = ConfigurationFile.read(temp.resolve("harbor.yaml"));
        try (Archive started = Archive.open(harbor, clock, Comparison.configured(harbor), LogListener.NONE, () -> {});
                SiteFederation federation = SiteFederation.open(started, harbor, clock)) {
            assertThat(federation.identity().site()).hasToString(made.siteId());
            assertThat(federation.identity().fingerprint()).hasToString(made.fingerprint());
        }
    }
}

package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dimse.DimseConfiguration;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.ServiceLimits;
import org.junit.jupiter.api.Test;

class DicomEdgeTest {
    private static DimseConfiguration services(String dicom) {
        return DicomEdge.services(
                ConfigurationFile.parse("data: d\ndicom: { " + dicom + " }\n", Path.of("/etc"), "test"));
    }

    @Test
    void everySetting_reachesTheServices() {
        DimseConfiguration configuration = services("unknownOnLoopback: [echo], preferredTransferSyntaxes: [1.2.3], "
                + "maxPduBytes: 5000, maxAssociatePduBytes: 2000, maxAssociateItems: 30, maxConnections: 70, "
                + "maxAssociations: 60, maxAssociationsPerPeer: 50, artimTimeoutMs: 1, idleTimeoutMs: 2, readTimeoutMs: 3, "
                + "writeTimeoutMs: 4, connectTimeoutMs: 5, minReceiveBytesPerSecond: 6, maxIdentifierBytes: 7, "
                + "pendingIntervalMs: 8, pendingEverySubOperations: 9, shutdownTimeoutMs: 10, commitment: { quietMs: 11, "
                + "retryMs: 12, retryMaxMs: 13, giveUpMinutes: 14 }");
        assertThat(configuration.unknownOnLoopback()).containsExactly(Permission.ECHO);
        assertThat(configuration.preferredStorageSyntaxes()).containsExactly("1.2.3");
        assertThat(configuration.limits())
                .isEqualTo(new AssociationLimits(
                        5000,
                        5000,
                        2000,
                        30,
                        AssociationLimits.DEFAULTS.maxCommandSetBytes(),
                        70,
                        60,
                        50,
                        Duration.ofMillis(1),
                        Duration.ofMillis(2),
                        Duration.ofMillis(3),
                        6,
                        Duration.ofMillis(4),
                        Duration.ofMillis(5)));
        assertThat(configuration.serviceLimits())
                .isEqualTo(new ServiceLimits(
                        7,
                        Duration.ofMillis(8),
                        9,
                        Duration.ofMillis(11),
                        Duration.ofMillis(12),
                        Duration.ofMillis(13),
                        Duration.ofMinutes(14),
                        Duration.ofMillis(10)));
    }

    @Test
    void unknownAe_mayDoAllButReceiveByDefault() {
        assertThat(services("listeners: []").unknownOnLoopback())
                .isEqualTo(Set.of(
                        Permission.ECHO,
                        Permission.STORE,
                        Permission.QUERY,
                        Permission.RETRIEVE,
                        Permission.COMMITMENT));
        assertThatThrownBy(() -> services("unknownOnLoopback: [move-destination]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dicom.unknownOnLoopback");
    }

    @Test
    void settingOutOfItsBounds_isRefusedInOneLine() {
        assertThatThrownBy(() -> services("maxAssociateItems: 0"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dicom.maxAssociateItems is 0");
        assertThatThrownBy(() -> services("commitment: { retryMs: 10, retryMaxMs: 9 }"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dicom.commitment.retryMaxMs");
    }

    @Test
    void titleOfTheCommandLine_isNoRemotes() {
        assertThatThrownBy(() ->
                        services("remotes: [ { title: ARCHIPELAGO-CLI, host: 192.0.2.1, port: 104, may: [store] } ]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dicom.remotes: ARCHIPELAGO-CLI")
                .hasMessageContaining("'import'");
    }
}

package org.archipelago.node.dimse;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.SiteId;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.archipelago.node.dimse.DimseConfiguration.ServiceLimits;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.network.SiteStanding;

/** A DIMSE server on loopback with an archive in memory. */
final class TestNode implements AutoCloseable {
    static final String HOST = "127.0.0.1";
    static final AeTitle NODE = new AeTitle("NODE");
    static final AeTitle NETWORK = new AeTitle("NODE_NET");
    static final AeTitle STRICT = new AeTitle("STRICT");
    static final AeTitle SCU = new AeTitle("TESTSCU");
    static final ServiceLimits SERVICE_LIMITS = new ServiceLimits(
            1024 * 1024,
            Duration.ofMillis(100),
            2,
            Duration.ofMillis(150),
            Duration.ofMillis(50),
            Duration.ofMillis(400),
            Duration.ofSeconds(30),
            Duration.ofSeconds(2));
    static final AssociationLimits LIMITS = AssociationLimits.DEFAULTS.withTimeouts(
            Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(10));

    final FakeArchive archive;
    final DimseServer server;

    private TestNode(FakeArchive archive, DimseServer server) {
        this.archive = archive;
        this.server = server;
    }

    static TestNode start(Path directory, RemoteAe... remotes) throws IOException {
        return start(directory, UnaryOperator.identity(), remotes);
    }

    static TestNode start(Path directory, UnaryOperator<DimseConfiguration> change, RemoteAe... remotes)
            throws IOException {
        return start(directory, change, _ -> {}, remotes);
    }

    static TestNode start(
            Path directory,
            UnaryOperator<DimseConfiguration> change,
            Consumer<FakeArchive> prepared,
            RemoteAe... remotes)
            throws IOException {
        FakeArchive archive = new FakeArchive();
        prepared.accept(archive);
        DimseConfiguration configuration = new DimseConfiguration(
                List.of(new DimseConfiguration.Listener(InetAddress.getByName(HOST), 0, Set.of(NODE), false, false)),
                List.of(remotes),
                Set.of(Permission.ECHO, Permission.STORE, Permission.QUERY, Permission.RETRIEVE, Permission.COMMITMENT),
                "SITE",
                Set.of(),
                List.of(),
                LIMITS,
                SERVICE_LIMITS,
                Optional.empty());
        DimsePorts ports = new DimsePorts(
                archive,
                archive,
                archive,
                Optional.of(new NetworkAe(NETWORK, Set.of(STRICT), network(archive))),
                () -> FakeArchive.HEAD,
                archive,
                new PatientIdentifiers("SITE", Set.of("UNKNOWN", "TRAUMA")),
                uid -> uid.value().startsWith("1.2.840.10008.5.1.4.1.1."),
                new MinimalCodec(),
                archive,
                new FilePendingReports(directory, FLIPPED, 100),
                AssociationMetrics.NONE,
                Clock.systemUTC(),
                UUID::randomUUID);
        return new TestNode(archive, DimseServer.start(change.apply(configuration), ports));
    }

    /** What the archive finds, of a network in which another site is behind. */
    private static NetworkView network(FakeArchive archive) {
        SiteStanding harbor = new SiteStanding(
                new SiteId(new UUID(2, 2)), "harbor", true, OptionalLong.of(2), 90, 100, OptionalLong.of(0), "", 0);
        return new NetworkView(new SiteId(new UUID(1, 1)), archive, () -> new Completeness(List.of(harbor)));
    }

    static DimseConfiguration with(DimseConfiguration c, AssociationLimits limits) {
        return new DimseConfiguration(
                c.listeners(),
                c.remoteAes(),
                c.unknownOnLoopback(),
                c.siteIssuer(),
                c.extraStorageClasses(),
                c.preferredStorageSyntaxes(),
                limits,
                c.serviceLimits(),
                c.tls());
    }

    /** Not a cipher: shows that what lies on the disk went through the port. */
    static final FilePendingReports.Sealing FLIPPED = new FilePendingReports.Sealing() {
        @Override
        public byte[] seal(byte[] plain) {
            byte[] sealed = plain.clone();
            for (int i = 0; i < sealed.length; i++) {
                sealed[i] ^= 0x5a;
            }
            return sealed;
        }

        @Override
        public byte[] open(byte[] sealed) {
            return seal(sealed);
        }
    };

    static RemoteAe remote(String title, int port, Permission... permissions) {
        return new RemoteAe(
                new AeTitle(title),
                HOST,
                port,
                false,
                Set.of(permissions),
                Optional.of("REMOTE"),
                Optional.empty(),
                false);
    }

    int port() {
        return server.ports().getFirst();
    }

    @Override
    public void close() {
        server.close();
    }
}

package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.NetworkOperations.RecoveredSite;
import org.archipelago.node.cli.NetworkOperations.RecoverySource;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.testing.LoopbackPorts;

/** Whole nodes of several sites on loopback, without Elasticsearch. */
final class NetworkOfNodes implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(60);

    static final Progress NOBODY = new Progress() {
        @Override
        public void total(long total) {}

        @Override
        public void advance(long items) {}
    };

    private final LocalSiteOperations operations = new LocalSiteOperations(Clock.systemUTC());
    private final LocalNetworkOperations network = new LocalNetworkOperations(Clock.systemUTC());
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path folder;
    private final Map<NodeAddress, ArchiveNode> running = new HashMap<>();

    NetworkOfNodes(Path folder) {
        this.folder = folder;
    }

    /** @param federation more of its configuration, YAML */
    NodeAddress node(String label, String federation) throws IOException {
        Path file = Files.createDirectories(folder.resolve(label)).resolve("node.yaml");
        int http = LoopbackPorts.free();
        int dicom = LoopbackPorts.free();
        Files.writeString(file, """
                data: data
                site: { label: %s, defaultIssuer: OF-%1$s }
                log: { reserveBytes: 1000000 }
                blobs: { lowWaterMarkBytes: 1000000 }
                dicom: { listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ] }
                http: { port: %d }
                federation: { address: 127.0.0.1, port: %d, %s }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(label, dicom, http, LoopbackPorts.free(), federation));
        NodeAddress address = new NodeAddress(
                file,
                folder.resolve(label).resolve("data"),
                label,
                URI.create("http://127.0.0.1:" + http),
                "127.0.0.1",
                dicom,
                "NORTH");
        start(address);
        return address;
    }

    void start(NodeAddress node) {
        running.put(node, ArchiveNode.start(ConfigurationFile.read(node.configuration()), Clock.systemUTC()));
    }

    void stop(NodeAddress node) {
        running.remove(node).close();
    }

    /** The site burns down: what stays of it is its identity, which was kept apart. */
    Path lose(NodeAddress node) throws IOException {
        if (running.containsKey(node)) {
            stop(node);
        }
        Path kept = Files.createDirectories(folder.resolve(node.site() + "-kept"));
        try (Stream<Path> files = Files.list(node.data().resolve("identity"))) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        kept.resolve(file.getFileName()),
                        StandardCopyOption.COPY_ATTRIBUTES,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        try (Stream<Path> all = Files.walk(node.data())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        return kept;
    }

    /** With what was kept of it, from peers by their labels. */
    RecoveredSite recover(NodeAddress node, Path identity, String... peers) {
        return network.recover(
                node,
                new RecoverySource(List.of(peers), List.of(), Optional.of(identity), Optional.empty(), List.of()),
                NOBODY);
    }

    /** Of a node that is stopped; the last one is what {@link #restore} takes. */
    void backUp(NodeAddress node) {
        Path backup = folder.resolve(node.site() + "-backup");
        assertThat(operations.backup(node, backup.resolve("data"), backup.resolve("keys"), NOBODY))
                .isEmpty();
    }

    void restore(NodeAddress node) {
        Path backup = folder.resolve(node.site() + "-backup");
        operations.restore(backup.resolve("data"), backup.resolve("keys"), node, NOBODY);
    }

    /** From its next start on. */
    void takeNoCalls(NodeAddress node) throws IOException {
        String configured = Files.readString(node.configuration());
        Files.writeString(
                node.configuration(),
                configured.replace("federation: { address: 127.0.0.1,", "federation: { address: \"\","));
    }

    /** As its configuration was, from its next start on. */
    void takeCalls(NodeAddress node) throws IOException {
        String configured = Files.readString(node.configuration());
        Files.writeString(
                node.configuration(),
                configured.replace("federation: { address: \"\",", "federation: { address: 127.0.0.1,"));
    }

    void goUnfollowed(NodeAddress node) {
        network.goUnfollowed(node);
    }

    void goWithout(NodeAddress node, String... members) {
        network.goWithout(node, List.of(members));
    }

    /** As {@link #recover}, with what is said to be a backup of the keys. */
    RecoveredSite recoverWithKeys(NodeAddress node, Path identity, Path keys, String... peers) {
        return network.recover(
                node,
                new RecoverySource(List.of(peers), List.of(), Optional.of(identity), Optional.of(keys), List.of()),
                NOBODY);
    }

    String recoveryReport(NodeAddress node) {
        return network.recoveryReport(node).orElseThrow();
    }

    ArchiveNode running(NodeAddress node) {
        return running.get(node);
    }

    /** Each to each. */
    void introduce(NodeAddress... nodes) {
        for (int one = 0; one < nodes.length; one++) {
            for (int other = one + 1; other < nodes.length; other++) {
                byte[] invitation = network.invite(nodes[one]);
                byte[] reply = network.accept(nodes[other], invitation, fingerprint(invitation))
                        .reply()
                        .orElseThrow();
                network.accept(nodes[one], reply, fingerprint(reply));
            }
        }
    }

    void remove(NodeAddress from, NodeAddress member) {
        network.remove(from, site(member).toString(), "contract ended");
    }

    private static String fingerprint(byte[] descriptor) {
        return SiteDescriptor.parse(descriptor).fingerprint().toString();
    }

    SiteId site(NodeAddress node) {
        return SiteId.parse(network.initialise(node).siteId());
    }

    static void store(NodeAddress to, List<PhantomObject> objects) throws IOException {
        try (ObjectSender sender = new DicomSenders().open(to, Optional.empty())) {
            for (PhantomObject object : objects) {
                assertThat(sender.send(new OutgoingFile(
                                        object.sopClassUid().value(),
                                        object.sopInstanceUid().value(),
                                        object.transferSyntax().value(),
                                        object.dataset().length,
                                        () -> new ByteArrayInputStream(object.dataset())))
                                .taken())
                        .isTrue();
            }
        }
    }

    String fact(NodeAddress node, String name) {
        return String.valueOf(operations.status(node).get(name));
    }

    HttpResponse<byte[]> get(NodeAddress from, String path, String accept) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(from.http().resolve(path))
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        http.close();
        running.values().forEach(ArchiveNode::close);
    }
}

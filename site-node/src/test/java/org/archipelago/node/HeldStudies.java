package org.archipelago.node;

import static org.archipelago.node.NetworkOfNodes.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Studies that the nodes of a network hold for each other. */
final class HeldStudies {
    static final String AS_STORED = "application/dicom; transfer-syntax=*";
    /** Of a node that holds others' studies. */
    static final String HOLDING = "copies: { capacityBytes: 1000000000 }";

    private static final JsonMapper JSON = new JsonMapper();

    private final NetworkOfNodes network;

    HeldStudies(NetworkOfNodes network) {
        this.network = network;
    }

    static List<PhantomObject> study(int number, int images) {
        return new Phantoms(number, LocalDate.of(2026, 1, 15))
                .headCt(number, images)
                .objects()
                .get()
                .toList();
    }

    static String path(PhantomObject object) {
        return "/dicom-web/studies/" + object.study() + "/series/" + object.series() + "/instances/"
                + object.sopInstanceUid();
    }

    /** What the origin tells of the copies of this object's study. */
    JsonNode of(NodeAddress origin, PhantomObject object) throws Exception {
        return JSON.readTree(network.get(origin, "/api/studies/" + object.study() + "/copies", "application/json")
                .body());
    }

    void awaitWhole(NodeAddress origin, List<PhantomObject> study, int sites) {
        await().atMost(SOON).untilAsserted(() -> {
            JsonNode copies = of(origin, study.getFirst());
            assertThat(copies.path("whole").asInt()).as(copies.toString()).isEqualTo(sites);
        });
    }

    void assertOpens(NodeAddress at, List<PhantomObject> study) throws Exception {
        for (PhantomObject object : study) {
            assertThat(network.get(at, "/network" + path(object), AS_STORED).body())
                    .isEqualTo(object.file());
        }
    }

    static List<Path> keptFiles(NodeAddress at) throws IOException {
        Path kept = at.data().resolve("kept-blobs");
        try (Stream<Path> files = Files.walk(kept)) {
            return files.filter(file -> Files.isRegularFile(file) && !file.startsWith(kept.resolve("incoming")))
                    .sorted()
                    .toList();
        }
    }

    /** How many of its own records a node has of this type. */
    long recordsOf(NodeAddress node, String type) {
        EventLog log = network.running(node).archive().log();
        return log.readOrigin(log.site(), new OriginPosition(0), 10_000).stream()
                .filter(stored -> stored.record().header().type().equals(type))
                .count();
    }
}

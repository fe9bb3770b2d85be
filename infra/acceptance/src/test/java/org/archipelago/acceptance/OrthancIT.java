package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.archipelago.node.cli.phantom.Phantom;
import org.archipelago.node.cli.phantom.Phantoms;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Orthanc sends to us, queries us, moves from us and reads our DICOMweb; we move to it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrthancIT {
    private static final Duration VISIBLE = Duration.ofSeconds(20);

    @TempDir
    static Path home;

    private NodeProcess node;
    private Orthanc orthanc;

    @BeforeAll
    void start() throws Exception {
        orthanc = new Orthanc(home.resolve("orthanc"));
        node = NodeProcess.configured(
                        home.resolve("node"), SharedElasticsearch.get().url(), orthanc.remote())
                .start();
        orthanc.start(node);
    }

    @AfterAll
    void stop() {
        orthanc.close();
        if (node != null) {
            node.close();
        }
    }

    @Test
    void orthancStoresToUs_elementsAreEqual() throws Exception {
        Phantom phantom = new Phantoms("orthanc-store").ct(1).getFirst();
        String id = orthanc.upload(phantom.file());
        JsonNode sent = orthanc.post("/modalities/node/store", "[\"" + id + "\"]");
        assertThat(sent.path("FailedInstancesCount").asInt()).isZero();
        DicomFile back =
                new DicomWeb(node).retrieve("/studies/" + phantom.studyUid()).getFirst();
        ElementComparison comparison = new ElementComparison(home.resolve("stored"));
        comparison.add(phantom.sopInstanceUid(), phantom.file(), back.part10());
        assertThat(comparison.differences()).isEmpty();
    }

    @Test
    void orthancQueriesAndMovesFromUs() throws Exception {
        List<Phantom> images = new Phantoms("orthanc-move").mr(3);
        Samples.storeAll(node, Samples.facts(images));
        String study = images.getFirst().studyUid();
        await().atMost(VISIBLE).untilAsserted(() -> {
            String query = orthanc.post(
                            "/modalities/node/query",
                            "{\"Level\":\"Study\",\"Query\":{\"StudyInstanceUID\":\"" + study + "\"}}")
                    .path("ID")
                    .asText();
            assertThat(orthanc.get("/queries/" + query + "/answers")).hasSize(1);
            orthanc.post(
                    "/queries/" + query + "/retrieve",
                    "{\"TargetAet\":\"" + Orthanc.TITLE + "\",\"Synchronous\":true}");
        });
        assertHolds(images);
    }

    @Test
    void weMoveToOrthanc() throws Exception {
        List<Phantom> images = new Phantoms("orthanc-destination").ultrasound(2);
        Samples.storeAll(node, Samples.facts(images));
        new Dcmtk(node)
                .move(Orthanc.TITLE, "STUDY", "0020,000D=" + images.getFirst().studyUid())
                .succeeded();
        assertHolds(images);
    }

    @Test
    void orthancReadsOurDicomWeb() throws Exception {
        List<Phantom> images = new Phantoms("orthanc-web").radiograph();
        Samples.storeAll(node, Samples.facts(images));
        await().atMost(VISIBLE)
                .untilAsserted(() -> assertThat(orthanc.post(
                                        "/dicom-web/servers/node/retrieve",
                                        "{\"Resources\":[{\"Study\":\""
                                                + images.getFirst().studyUid() + "\"}],\"Synchronous\":true}")
                                .path("ReceivedInstancesCount")
                                .asInt())
                        .isEqualTo(1));
        assertHolds(images);
    }

    private void assertHolds(List<Phantom> images) {
        for (Phantom image : images) {
            JsonNode found = orthanc.post(
                    "/tools/find",
                    "{\"Level\":\"Instance\",\"Query\":{\"SOPInstanceUID\":\"" + image.sopInstanceUid() + "\"}}");
            assertThat(found).as(image.sopInstanceUid()).hasSize(1);
            DicomFile held = DicomFile.of("orthanc", orthanc.file(found.get(0).asText()));
            assertThat(held.sha256()).isEqualTo(Samples.facts(image).sha256());
        }
    }
}

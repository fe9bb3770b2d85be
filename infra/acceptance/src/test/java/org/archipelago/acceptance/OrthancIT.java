package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
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
                .shortLived()
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
        PhantomObject phantom = Samples.ct("orthanc-store", 1).getFirst();
        String id = orthanc.upload(phantom.file());
        JsonNode sent = orthanc.post("/modalities/node/store", "[\"" + id + "\"]");
        assertThat(sent.path("FailedInstancesCount").asInt()).isZero();
        DicomFile back = new DicomWeb(node)
                .retrieve("/studies/" + phantom.study().value())
                .getFirst();
        ElementComparison comparison = new ElementComparison(home.resolve("stored"));
        comparison.add(phantom.sopInstanceUid().value(), phantom.file(), back.part10());
        assertThat(comparison.differences()).isEmpty();
    }

    @Test
    void orthancQueriesAndMovesFromUs() throws Exception {
        List<PhantomObject> images = Samples.mr("orthanc-move", 3);
        Samples.storeAll(node, Samples.facts(images));
        String study = images.getFirst().study().value();
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
        List<PhantomObject> images = Samples.ultrasound("orthanc-destination", 2);
        Samples.storeAll(node, Samples.facts(images));
        new Dcmtk(node)
                .move(
                        Orthanc.TITLE,
                        "STUDY",
                        "0020,000D=" + images.getFirst().study().value())
                .succeeded();
        assertHolds(images);
    }

    @Test
    void orthancReadsOurDicomWeb() throws Exception {
        List<PhantomObject> images = Samples.radiograph("orthanc-web");
        Samples.storeAll(node, Samples.facts(images));
        await().atMost(VISIBLE)
                .untilAsserted(() -> assertThat(orthanc.post(
                                        "/dicom-web/servers/node/retrieve",
                                        "{\"Resources\":[{\"Study\":\""
                                                + images.getFirst().study().value() + "\"}],\"Synchronous\":true}")
                                .path("ReceivedInstancesCount")
                                .asInt())
                        .isEqualTo(1));
        assertHolds(images);
    }

    private void assertHolds(List<PhantomObject> images) {
        for (PhantomObject image : images) {
            JsonNode found = orthanc.post(
                    "/tools/find",
                    "{\"Level\":\"Instance\",\"Query\":{\"SOPInstanceUID\":\""
                            + image.sopInstanceUid().value() + "\"}}");
            assertThat(found).as(image.sopInstanceUid().value()).hasSize(1);
            DicomFile held = DicomFile.of("orthanc", orthanc.file(found.get(0).asText()));
            assertThat(held.sha256()).isEqualTo(Samples.facts(image).sha256());
        }
    }
}

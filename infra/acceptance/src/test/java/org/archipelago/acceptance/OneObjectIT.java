package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DCMTK as modality and workstation: objects in, found, and out again byte for byte. */
class OneObjectIT {
    @TempDir
    static Path home;

    private static NodeProcess node;
    private static Dcmtk dcmtk;
    private static Dcmtk.Receiver receiver;

    @BeforeAll
    static void start() throws Exception {
        receiver = Dcmtk.receiver(home.resolve("received"), "DEST");
        node = NodeProcess.configured(
                        home.resolve("node"), SharedElasticsearch.get().url(), receiver.remote())
                .shortLived()
                .start();
        dcmtk = new Dcmtk(node);
    }

    @AfterAll
    static void stop() {
        if (node != null) {
            node.close();
        }
        receiver.close();
    }

    @Test
    void echoscu_isAnswered() {
        dcmtk.echo().succeeded();
    }

    @Test
    void storescu_isFoundAndFetchedByteForByte() {
        PhantomObject phantom = Samples.radiograph("one").getFirst();
        DicomFile sent = Samples.facts(phantom);
        dcmtk.store(sent, Samples.write(home.resolve("out"), phantom)).succeeded();
        String study = phantom.study().value();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(dcmtk.find("STUDY", "0020,000D=" + study, "0010,0020"))
                        .singleElement()
                        .extracting(match -> match.get("0010,0020"))
                        .isEqualTo("DEMO-1004"));
        JsonNode found = new DicomWeb(node).search("/studies?StudyInstanceUID=" + study);
        assertThat(found).hasSize(1);
        assertThat(DicomWeb.value(found.get(0), "0020000D")).isEqualTo(study);
        assertThat(DicomWeb.value(found.get(0), "00201208")).isEqualTo("1");

        Path got = Directories.fresh(home.resolve("got"));
        dcmtk.get(got, sent.transferSyntax(), "STUDY", "0020,000D=" + study).succeeded();
        assertSame(sent, Directories.files(got).stream().map(DicomFile::read).toList());
        dcmtk.move("DEST", "STUDY", "0020,000D=" + study).succeeded();
        assertSame(
                sent,
                receiver.received().stream()
                        .filter(file -> file.sopInstance().equals(sent.sopInstance()))
                        .toList());
        assertSame(sent, new DicomWeb(node).retrieve("/studies/" + study));
    }

    /** PS3.4 Table B.2-1: Data Set does not match SOP Class, which is also said of its instance; a warning, so it is stored. */
    @Test
    void objectAnnouncedUnderAnotherUid_isStoredUnderItsOwnWithB007() throws Exception {
        DicomFile sent = Samples.facts(Samples.mr("announced", 1).getFirst());
        String announced = sent.sopInstance() + ".7";
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(sent))) {
            assertThat(scu.store(sent, announced).hex()).isEqualTo("B007H");
        }
        DicomWeb web = new DicomWeb(node);
        String series = "/studies/" + sent.studyInstance() + "/series/" + sent.seriesInstance() + "/instances/";
        assertSame(sent, web.retrieve(series + sent.sopInstance()));
        assertThat(web.status(series + announced + "/metadata")).isEqualTo(404);
        assertThat(web.metadata("/studies/" + sent.studyInstance()))
                .extracting(instance -> DicomWeb.value(instance, "00080018"))
                .containsExactly(sent.sopInstance());
    }

    @Test
    void restart_keepsWhatWasAcknowledged() throws Exception {
        List<DicomFile> sent = Samples.facts(Samples.mr("restart", 5));
        Samples.storeAll(node, sent);
        node.stop();
        node.start();
        List<DicomFile> back =
                new DicomWeb(node).retrieve("/studies/" + sent.getFirst().studyInstance());
        assertThat(back)
                .extracting(DicomFile::sha256)
                .containsExactlyInAnyOrderElementsOf(
                        sent.stream().map(DicomFile::sha256).toList());
    }

    @Test
    void findscu_matchesNamesByWildcardAndFoldsAccents() throws Exception {
        List<DicomFile> sent = Samples.facts(Samples.ultrasound("names", 2));
        Samples.storeAll(node, sent);
        String study = sent.getFirst().studyInstance();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            List<Map<String, String>> matches =
                    dcmtk.find("STUDY", "0010,0010=novakova^ji*", "0020,000D", "0020,1208", "0008,0061");
            assertThat(matches)
                    .as(() -> study + " among " + matches)
                    .filteredOn(match -> study.equals(match.get("0020,000d")))
                    .singleElement()
                    .satisfies(match -> {
                        assertThat(match.get("0020,1208")).isEqualTo("2");
                        assertThat(match.get("0008,0061")).isEqualTo("US");
                    });
        });
    }

    private static void assertSame(DicomFile sent, List<DicomFile> received) {
        assertThat(received).singleElement().satisfies(file -> {
            assertThat(file.transferSyntax()).isEqualTo(sent.transferSyntax());
            assertThat(file.sha256()).isEqualTo(sent.sha256());
        });
    }
}

package org.archipelago.node;

import static org.archipelago.node.SmallNode.EXPLICIT;
import static org.archipelago.node.SmallNode.STUDY;
import static org.archipelago.node.SmallNode.WHOLE;
import static org.archipelago.node.SmallNode.decoded;
import static org.archipelago.node.SmallNode.encoded;
import static org.archipelago.node.SmallNode.name;
import static org.archipelago.node.SmallNode.object;
import static org.archipelago.node.SmallNode.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.keystore.Key;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.Retrieval.Metadata;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metadata and queries of the image level: each header with its own object and its own patient's corrections. */
class HeadersTest {
    @TempDir
    private Path folder;

    private SmallNode node;

    @BeforeEach
    void open() throws IOException {
        node = SmallNode.open(folder);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    private static byte[] unnamed(String patientId, String patientName) {
        return encoded(object("1.0", patientId, patientName)
                .filter(tag -> tag != Tags.SOP_INSTANCE_UID && tag != Tags.SOP_CLASS_UID));
    }

    private List<AttributeSet> metadata() {
        try (Metadata metadata = node.retrieval().metadata(WHOLE)) {
            return metadata.sets().toList();
        }
    }

    private List<AttributeSet> images(MatchingKey... keys) {
        return node.readSide.queries().find(query(new LocalPosition(-1), keys)).matches();
    }

    private static ArchiveQuery query(LocalPosition minimum, MatchingKey... keys) {
        return new ArchiveQuery(
                QueryLevel.IMAGE,
                Stream.concat(
                                Stream.of(new MatchingKey(List.of(Tags.STUDY_INSTANCE_UID), Vr.UI, STUDY.value())),
                                Stream.of(keys))
                        .toList(),
                "NORTH",
                false,
                Set.of(Tags.SOP_INSTANCE_UID, Tags.PATIENT_NAME),
                false,
                0,
                10,
                minimum);
    }

    /** Two patients in one series, and two objects of equal bytes that only their C-STORE named. */
    private void storeUnnamedOfTwoPatients() throws IOException {
        node.storeAnnounced(unnamed("P1", "DOE^ONE"), "1.9.1");
        node.store(encoded(object("1.9.2", "P2", "ROE^TWO")));
        node.storeAnnounced(unnamed("P1", "DOE^ONE"), "1.9.3");
        node.store(encoded(object("1.9.4", "P2", "ROE^TWO")));
    }

    private static Map<String, Attribute> names(List<AttributeSet> sets) {
        return sets.stream()
                .collect(Collectors.toMap(
                        set -> set.text(Tags.SOP_INSTANCE_UID).orElse("none"),
                        set -> set.get(Tags.PATIENT_NAME).orElseThrow()));
    }

    @Test
    void objectNamedByItsCommandOnly_isInMetadataAndQueries() throws IOException {
        storeUnnamedOfTwoPatients();

        assertThat(names(metadata())).containsOnlyKeys("1.9.1", "1.9.2", "1.9.3", "1.9.4");
        assertThat(metadata()).allMatch(set -> set.text(Tags.SOP_CLASS_UID).isPresent());
        assertThat(names(images())).containsOnlyKeys("1.9.1", "1.9.2", "1.9.3", "1.9.4");
        assertThat(names(images(new MatchingKey(List.of(Tags.SOP_INSTANCE_UID), Vr.UI, "1.9.3"))))
                .containsOnlyKeys("1.9.3");
    }

    @Test
    void correctionOfOnePatient_appliesToNoOtherInTheSeries() throws IOException {
        storeUnnamedOfTwoPatients();
        node.correctName("P1", "DOE^CORRECTED");
        Map<String, Attribute> expected = Map.of(
                "1.9.1", name("DOE^CORRECTED"),
                "1.9.2", name("ROE^TWO"),
                "1.9.3", name("DOE^CORRECTED"),
                "1.9.4", name("ROE^TWO"));

        assertThat(names(metadata())).isEqualTo(expected);
        assertThat(names(images())).isEqualTo(expected);
        for (HeldInstance held : node.retrieval().select(WHOLE)) {
            String uid = held.current().sopInstanceUid().value();
            assertThat(decoded(node.sent(held)).get(Tags.PATIENT_NAME)).contains(expected.get(uid));
            assertThat(node.retrieval().metadata(held).get(Tags.PATIENT_NAME)).contains(expected.get(uid));
        }
    }

    @Test
    void imagesOfOnePatient_areThoseStoredUnderThatPatient() throws IOException {
        storeUnnamedOfTwoPatients();

        assertThat(names(images(new MatchingKey(List.of(Tags.PATIENT_ID), Vr.LO, "P2"))))
                .isEqualTo(Map.of("1.9.2", name("ROE^TWO"), "1.9.4", name("ROE^TWO")));
        assertThat(images(
                        new MatchingKey(List.of(Tags.PATIENT_ID), Vr.LO, "P2"),
                        new MatchingKey(List.of(Tags.PATIENT_NAME), Vr.PN, "DOE^ONE")))
                .isEmpty();
    }

    @Test
    void bareAccessionNumber_isNotThatOfTheSourcesIssuer() throws IOException {
        AttributeSet object = object("1.9.1", "P1", "DOE^ONE").with(Tags.ACCESSION_NUMBER, text(Vr.SH, "ORD1"));
        node.storeOfIssuer(encoded(object), "SOUTH");
        MatchingKey order = new MatchingKey(List.of(Tags.ACCESSION_NUMBER), Vr.SH, "ORD*");
        assertThat(images(order)).isEmpty();
        node.store(encoded(object("1.9.2", "P1", "DOE^ONE").with(Tags.ACCESSION_NUMBER, text(Vr.SH, "ORD2"))));
        assertThat(names(images(order))).containsOnlyKeys("1.9.2");
    }

    @Test
    void minimumPosition_isTakenInOrRefused_alsoWithoutAnIndex() throws IOException {
        LocalPosition stored =
                node.store(encoded(object("1.9.1", "P1", "DOE^ONE"))).position();
        QueryPage own = node.readSide.queries().find(query(stored));
        assertThat(own.matches()).hasSize(1);
        assertThat(own.position()).isGreaterThanOrEqualTo(stored);

        ArchiveQuery beyond = query(new LocalPosition(node.archive.log().head().value() + 1));
        assertThatThrownBy(() -> node.readSide.queries().find(beyond)).satisfies(HeadersTest::isNotReached);
        assertThatThrownBy(() -> node.readSide.queries().walk(beyond, _ -> true))
                .satisfies(HeadersTest::isNotReached);

        CompletableFuture<QueryPage> waiting =
                CompletableFuture.supplyAsync(() -> node.readSide.queries().find(beyond));
        node.store(encoded(object("1.9.2", "P1", "DOE^ONE")));
        assertThat(waiting.join().position()).isGreaterThanOrEqualTo(beyond.minimum());
    }

    private static void isNotReached(Throwable refusal) {
        assertThat(refusal)
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        e -> assertThat(e.error()).isEqualTo(ArchiveError.POSITION_NOT_REACHED));
    }

    @Test
    void metadataOfAHeldVersion_isThatVersions_whateverIsCurrentByNow() throws IOException {
        AttributeSet first = object("1.9.1", "P1", "DOE^ONE");
        node.store(encoded(first));
        HeldInstance held = node.retrieval().select(WHOLE).getFirst();
        node.store(encoded(first.with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "corrected"))));

        assertThat(node.retrieval().metadata(held)).isEqualTo(first);
        assertThat(metadata().getFirst().text(Tags.STUDY_DESCRIPTION)).contains("corrected");
    }

    @Test
    void damagedObject_isLeftOutByName_andTheOthersAreAnswered() throws IOException {
        node.store(encoded(object("1.9.1", "P1", "DOE^ONE")));
        byte[] lost = encoded(object("1.9.2", "P1", "DOE^ONE"));
        node.store(lost, EXPLICIT, SmallNode.CT);
        node.store(encoded(object("1.9.3", "P1", "DOE^ONE")));
        node.archive
                .blobs()
                .delete(node.retrieval().select(WHOLE).get(1).current().blob().id());
        forgetArrivals();

        try (Metadata metadata = node.retrieval().metadata(WHOLE)) {
            assertThat(metadata.unreadable()).containsExactly(new SopInstanceUid("1.9.2"));
            assertThat(names(metadata.sets().toList())).containsOnlyKeys("1.9.1", "1.9.3");
        }
        assertThat(images())
                .extracting(set -> set.text(Tags.SOP_INSTANCE_UID).orElse("none"))
                .containsExactly("1.9.1", "1.9.2", "1.9.3");
    }

    @Test
    void textThatNamesNoCharacterSet_isReadAsItWasOnArrival_forEver() throws IOException {
        byte[] cyrillic = DataSetCodec.encode(object("1.9.1", "P1", "ИВАНОВА^АННА"), EXPLICIT, List.of("ISO_IR 144"));
        AttributeSet decoded = DataSetCodec.decode(cyrillic, EXPLICIT);
        byte[] silent = encodedWithout0005(cyrillic);
        node.storeAssuming(silent, "ISO_IR 144");
        AttributeSet onArrival = metadata().getFirst();
        forgetArrivals();

        assertThat(onArrival.get(Tags.PATIENT_NAME)).contains(name("ИВАНОВА^АННА"));
        assertThat(metadata()).containsExactly(onArrival);
        assertThat(decoded.get(Tags.PATIENT_NAME)).isEqualTo(onArrival.get(Tags.PATIENT_NAME));
        assertThat(node.sent(node.retrieval().select(WHOLE).getFirst())).isEqualTo(silent);
        node.correctName("P1", "ПЕТРОВА^АННА");

        AttributeSet sent = decoded(node.sent(node.retrieval().select(WHOLE).getFirst()));

        assertThat(sent.get(Tags.PATIENT_NAME)).contains(name("ПЕТРОВА^АННА"));
        AttributeSet item = ((Value.Item) sent.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                        .orElseThrow()
                        .values()
                        .getFirst())
                .attributes();
        AttributeSet before = ((Value.Item) item.get(Tags.MODIFIED_ATTRIBUTES_SEQUENCE)
                        .orElseThrow()
                        .values()
                        .getFirst())
                .attributes();
        assertThat(before.get(Tags.PATIENT_NAME)).contains(name("ИВАНОВА^АННА"));
    }

    /** The element is the first. */
    private static byte[] encodedWithout0005(byte[] dataset) {
        assertThat(dataset).startsWith(8, 0, 5, 0);
        return Arrays.copyOfRange(dataset, 8 + dataset[6], dataset.length);
    }

    @Test
    void destroyedKey_erasesWhatIsRemembered() throws IOException {
        node.store(encoded(object("1.9.1", "P1", "DOE^ONE")));
        assertThat(node.archive.catalog().study(STUDY).orElseThrow().isErased()).isFalse();
        Key key = node.archive
                .keys()
                .find(new KeyRef(KeyClass.INDEX, node.archive.names().study(STUDY).stream()))
                .orElseThrow();

        node.archive.keys().destroy(Set.of(key.id()));

        assertThat(node.archive.catalog().study(STUDY).orElseThrow().isErased()).isTrue();
    }

    /** As after a restart and the loss of what is derived: headers come from blobs. */
    private void forgetArrivals() throws IOException {
        Path derived = node.archive.directory().headers();
        node.close();
        if (Files.isDirectory(derived)) {
            try (Stream<Path> files = Files.walk(derived)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
        }
        node = SmallNode.open(folder);
    }
}

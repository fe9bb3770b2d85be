package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dimse.CommitmentCheck.Result;
import org.archipelago.node.dimse.PendingReport.ReferencedInstance;
import org.archipelago.node.ingest.Ingested;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storage commitment against the real archive. */
class DurabilityCheckTest {
    private static final Actor ASKER = Actor.device("CT1", "192.0.2.7");

    @TempDir
    Path temp;

    private final List<PhantomObject> ct = Samples.ct("commitment", 12);
    private final List<PhantomObject> other = Samples.pdf("commitment");
    private SmallNode node;
    private Archive archive;

    @BeforeEach
    void ingest() throws IOException {
        node = SmallNode.open(temp, ", smallObjectBytes: 100000");
        archive = node.archive;
        for (PhantomObject phantom : both()) {
            node.store(phantom.dataset());
        }
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    private List<PhantomObject> both() {
        return Stream.concat(ct.stream(), other.stream()).toList();
    }

    private static ReferencedInstance reference(PhantomObject phantom) {
        return new ReferencedInstance(
                phantom.sopClassUid().value(), phantom.sopInstanceUid().value());
    }

    private boolean isCommitted(PhantomObject phantom) {
        SopInstanceUid uid = phantom.sopInstanceUid();
        return archive.catalog()
                .holderOf(uid)
                .orElseThrow()
                .instance(uid)
                .orElseThrow()
                .committed();
    }

    @Test
    void referencesOfTwoStudies_areCommittedWithOneRecordEach() {
        List<ReferencedInstance> shuffled = new ArrayList<>(
                both().stream().map(DurabilityCheckTest::reference).toList());
        Collections.shuffle(shuffled, new Random(1));
        long before = archive.log().head().value();
        assertThat(new DurabilityCheck(archive).check(shuffled, ASKER)).containsOnly(Result.COMMITTED);
        assertThat(archive.log().head().value() - before).isEqualTo(2);
        assertThat(both()).allMatch(this::isCommitted);
        assertThat(new DurabilityCheck(archive).check(shuffled, ASKER)).containsOnly(Result.COMMITTED);
        assertThat(archive.log().head().value() - before).isEqualTo(2);
    }

    @Test
    void resultsStandInTheOrderOfTheReferences() {
        List<ReferencedInstance> references = List.of(
                new ReferencedInstance(ct.get(0).sopClassUid().value(), "1.2.3.4.5"),
                reference(ct.get(0)),
                new ReferencedInstance(
                        other.get(0).sopClassUid().value(),
                        ct.get(1).sopInstanceUid().value()),
                reference(other.get(0)));
        assertThat(new DurabilityCheck(archive).check(references, ASKER))
                .containsExactly(
                        Result.NO_SUCH_OBJECT, Result.COMMITTED, Result.CLASS_INSTANCE_CONFLICT, Result.COMMITTED);
        assertThat(isCommitted(ct.get(1))).isFalse();
    }

    /** It is durable but cannot be retrieved, and both are promised (PS3.4 §J.1.1). */
    @Test
    void quarantinedObject_isNotCommittedUntilAStudyHoldsIt() throws IOException {
        AttributeSet object = SmallNode.object("1.2.3.4", "17", "DOE^JANE");
        String sopClass = object.text(Tags.SOP_CLASS_UID).orElseThrow();
        List<ReferencedInstance> reference = List.of(new ReferencedInstance(sopClass, "1.2.3.4"));
        assertThat(node.store(SmallNode.encoded(object.filter(tag -> tag != Tags.STUDY_INSTANCE_UID)))
                        .outcome())
                .isEqualTo(Ingested.Outcome.QUARANTINED);
        assertThat(new DurabilityCheck(archive).check(reference, ASKER)).containsExactly(Result.NO_SUCH_OBJECT);

        node.store(SmallNode.encoded(object));
        assertThat(new DurabilityCheck(archive).check(reference, ASKER)).containsExactly(Result.COMMITTED);
    }

    /** Its first segment of 64 KiB is as it was: only who reads on finds out. */
    @Test
    void objectWhoseLastBytesRotted_isNotCommitted() throws IOException {
        List<PhantomObject> large = Samples.ultrasound("commitment", 2);
        for (PhantomObject phantom : large) {
            node.store(phantom.dataset());
        }
        List<Path> files = largeFiles();
        assertThat(files).hasSize(2);
        for (Path file : files) {
            flipLastByte(file);
        }
        List<ReferencedInstance> references =
                large.stream().map(DurabilityCheckTest::reference).toList();
        assertThat(new DurabilityCheck(archive).check(references, ASKER)).containsOnly(Result.PROCESSING_FAILURE);
        assertThat(large).noneMatch(this::isCommitted);
    }

    /** The current version alone cannot tell: it is the other that rotted. */
    @Test
    void instanceOfWhichAnyKeptVersionIsLost_isNotCommitted() throws IOException {
        PhantomObject large = Samples.ultrasound("commitment", 1).getFirst();
        byte[] other = large.dataset().clone();
        other[other.length - 2] ^= 1;
        node.store(other);
        List<Path> before = largeFiles();
        node.store(large.dataset());
        List<Path> later = new ArrayList<>(largeFiles());
        later.removeAll(before);
        assertThat(later).hasSize(1);
        DurabilityCheck check = new DurabilityCheck(archive);
        flipLastByte(later.getFirst());
        assertThat(check.check(List.of(reference(large)), ASKER)).containsExactly(Result.PROCESSING_FAILURE);
        assertThat(isCommitted(large)).isFalse();
        flipLastByte(later.getFirst());
        assertThat(check.check(List.of(reference(large)), ASKER)).containsExactly(Result.COMMITTED);
    }

    private List<Path> largeFiles() throws IOException {
        try (Stream<Path> files = Files.walk(archive.directory().blobs())) {
            return files.filter(file -> Files.isRegularFile(file) && isLarge(file))
                    .toList();
        }
    }

    private static boolean isLarge(Path file) {
        try {
            return Files.size(file) > 200_000 && Files.size(file) < 300_000;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void flipLastByte(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(bytes.length() - 1);
            int last = bytes.read();
            bytes.seek(bytes.length() - 1);
            bytes.write(last ^ 1);
        }
    }
}

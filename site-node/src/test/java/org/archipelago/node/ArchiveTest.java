package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.blobstore.BlobWriter;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.eventstore.LogListener;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.ingest.ObjectIngest.Arrival;
import org.archipelago.node.ingest.PatientRegistry;
import org.archipelago.node.ingest.Settling;
import org.archipelago.node.ingest.WritePath;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest {
    private static final Actor CT = Actor.device("CT1", "127.0.0.1");

    private static final Progress SILENT = new Progress() {
        @Override
        public void total(long total) {}

        @Override
        public void advance(long items) {}
    };

    @TempDir
    Path temp;

    @Test
    void objects_comeBackByteIdenticalAfterReopening() throws IOException {
        List<PhantomObject> phantoms = Samples.ofSeveralKinds("archive-test");
        try (Archive archive = open()) {
            for (PhantomObject phantom : phantoms) {
                assertThat(ingest(archive, phantom).outcome()).isEqualTo(Ingested.Outcome.STORED);
            }
        }
        try (Archive archive = open()) {
            for (PhantomObject phantom : phantoms) {
                assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
            }
        }
    }

    @Test
    void retransmission_succeedsWithoutARecordOrASecondBlob() throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, phantom);
            long records = archive.log().head().value();
            long blobs = archive.blobs().status().blobs();

            assertThat(ingest(archive, phantom).outcome()).isEqualTo(Ingested.Outcome.RETRANSMITTED);

            assertThat(archive.log().head().value()).isEqualTo(records);
            assertThat(archive.blobs().status().blobs()).isEqualTo(blobs);
        }
    }

    @Test
    void logThatIsGoneBesideKeysOrBlobs_isNeverMadeAnew() throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, phantom);
        }
        Path log = temp.resolve("node/log");
        Path away = temp.resolve("away");
        Files.move(log, away);

        assertThatThrownBy(this::open)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("event log")
                .hasMessageContaining("is missing");
        Files.move(temp.resolve("node/blobs"), temp.resolve("blobs-away"));
        assertThatThrownBy(this::open).isInstanceOf(ConfigurationException.class);
        assertThat(log).doesNotExist();

        Files.move(temp.resolve("blobs-away"), temp.resolve("node/blobs"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(away, log);
        try (Archive archive = open()) {
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"keys", "blobs"})
    void partThatIsGoneBesideTheLog_isNeverMadeAnew(String part) throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, phantom);
        }
        Files.move(temp.resolve("node").resolve(part), temp.resolve("away"));

        assertThatThrownBy(this::open)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("missing");
        Files.move(temp.resolve("away"), temp.resolve("node").resolve(part), StandardCopyOption.REPLACE_EXISTING);
        try (Archive archive = open()) {
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
        }
    }

    @Test
    void firstStartThatWasInterruptedBeforeTheLogWasMade_goesOn() throws IOException {
        open().close();
        deleteTree(temp.resolve("node/log"));
        deleteTree(temp.resolve("node/blobs"));
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, phantom);
        }
    }

    @Test
    void olderLogBesideABlobIndexThatIsMadeAgain_destroysNoBlob() throws Exception {
        List<PhantomObject> phantoms = Samples.ofSeveralKinds("archive-test");
        Path log = temp.resolve("node/log");
        try (Archive archive = open()) {
            ingest(archive, phantoms.getFirst());
        }
        Path older = temp.resolve("older");
        copyTree(log, older);
        try (Archive archive = open()) {
            for (PhantomObject phantom : phantoms) {
                ingest(archive, phantom);
            }
            archive.orphans().run();
        }
        Path newest = temp.resolve("newest");
        Files.move(log, newest);
        Files.move(older, log);
        deleteTree(temp.resolve("node/blobs/index"));
        try (Archive archive = open()) {
            assertThat(archive.orphans().run()).isZero();
            assertThat(archive.blobs().status().blobs()).isEqualTo(phantoms.size());
        }
        deleteTree(log);
        Files.move(newest, log);
        deleteTree(temp.resolve("node/blobs/index"));
        try (Archive archive = open()) {
            assertThat(archive.orphans().run()).isZero();
            for (PhantomObject phantom : phantoms) {
                assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
            }
        }
    }

    @Test
    void blobThatWasNeverRecorded_isGivenBackAfterARestartAndNoOther() throws Exception {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        BlobId orphan;
        try (Archive archive = open()) {
            ingest(archive, phantom);
            try (BlobWriter writer = archive.blobs().begin()) {
                writer.write(ByteBuffer.wrap(new byte[1000]));
                orphan = writer.commit().id();
            }
            archive.orphans().run();
            assertThat(archive.blobs().contains(orphan)).isTrue();
        }
        try (Archive archive = open()) {
            Awaitility.await().until(() -> !archive.blobs().contains(orphan));
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private Archive open() {
        Configuration configuration =
                ConfigurationFile.parse("data: node\nblobs: { lowWaterMarkBytes: 1000000 }\n", temp, "test");
        return Archive.open(
                configuration,
                Clock.systemUTC(),
                (bytes, _) -> (study, current, incoming) -> ContentComparison.Result.CONTENT_DIFFERS,
                LogListener.NONE,
                () -> {});
    }

    private static Ingested ingest(Archive archive, PhantomObject phantom) throws IOException {
        return ingest(archive, phantom, Optional.empty());
    }

    private static byte[] read(Archive archive, PhantomObject phantom) throws IOException {
        StudyContents study =
                archive.catalog().holderOf(phantom.sopInstanceUid()).orElseThrow();
        StudyContents.Instance instance =
                study.instance(phantom.sopInstanceUid()).orElseThrow();
        try (InputStream in = Channels.newInputStream(archive.bytes()
                .open(
                        study.copy().orElseThrow().stream(),
                        instance.current().object().blob()))) {
            return in.readAllBytes();
        }
    }

    @Test
    void assumedCharacterSet_isRecordedWhereTheDataSetNamesNone() throws IOException {
        List<PhantomObject> phantoms = Samples.ofSeveralKinds("archive-test");
        PhantomObject naming = phantoms.getFirst();
        PhantomObject silent = withoutCharacterSet(phantoms.getLast());
        try (Archive archive = open()) {
            ingest(archive, naming, Optional.of("ISO_IR 100"));
            ingest(archive, silent, Optional.of("ISO_IR 100"));
        }
        try (Archive archive = open()) {
            assertThat(current(archive, naming).object().assumedCharacterSet()).isEmpty();
            assertThat(current(archive, silent).object().assumedCharacterSet()).contains("ISO_IR 100");
        }
    }

    /** Specific Character Set is the first element of a phantom. */
    private static PhantomObject withoutCharacterSet(PhantomObject phantom) {
        byte[] element = "\b\0\5\0CS\n\0ISO_IR 192".getBytes(StandardCharsets.US_ASCII);
        byte[] dataset = phantom.dataset();
        assertThat(dataset).startsWith(element);
        return new PhantomObject(
                phantom.study(),
                phantom.series(),
                phantom.sopClassUid(),
                phantom.sopInstanceUid(),
                phantom.transferSyntax(),
                Arrays.copyOfRange(dataset, element.length, dataset.length));
    }

    @Test
    void resendOfALostObject_isKept() throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, phantom);
            archive.blobs().delete(current(archive, phantom).object().blob().id());
            assertThatThrownBy(() -> read(archive, phantom)).isInstanceOf(ArchiveException.class);

            assertThat(ingest(archive, phantom).outcome()).isEqualTo(Ingested.Outcome.STORED);

            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
            assertThat(Maintenance.verify(archive, SILENT).defects()).isEmpty();
        }
        try (Archive archive = open()) {
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
        }
    }

    @Test
    void damagedBlobThatWasReplaced_isGivenBack() throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        BlobId damaged;
        try (Archive archive = open()) {
            ingest(archive, phantom);
            damaged = current(archive, phantom).object().blob().id();
            archive.orphans().run();
            flip();
            assertThat(archive.blobs().isIntact(damaged)).isFalse();
            assertThat(archive.orphans().run()).isZero();
            assertThat(archive.blobs().contains(damaged)).isTrue();

            assertThat(ingest(archive, phantom).outcome()).isEqualTo(Ingested.Outcome.STORED);
            archive.orphans().run();

            assertThat(archive.blobs().contains(damaged)).isFalse();
            assertThat(archive.blobs().status().blobs()).isEqualTo(1);
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
            assertThat(Maintenance.verify(archive, SILENT).defects()).isEmpty();
        }
        try (Archive archive = open()) {
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
            assertThat(Maintenance.verify(archive, SILENT).defects()).isEmpty();
        }
    }

    /** One bit of the only segment there is, behind the header of its first record. */
    private void flip() throws IOException {
        List<Path> segments;
        try (Stream<Path> files = Files.walk(temp.resolve("node/blobs/segments"))) {
            segments = files.filter(Files::isRegularFile).toList();
        }
        assertThat(segments).hasSize(1);
        try (FileChannel file =
                FileChannel.open(segments.getFirst(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, 10_000);
            one.put(0, (byte) (one.get(0) ^ 1));
            file.write(one.flip(), 10_000);
        }
    }

    @Test
    void quarantinedObjectAgain_leavesNoSecondBlob() throws IOException {
        byte[] withoutStudy =
                withoutStudy(Samples.ofSeveralKinds("archive-test").getFirst());
        try (Archive archive = open()) {
            assertThat(ingest(archive, withoutStudy).outcome()).isEqualTo(Ingested.Outcome.QUARANTINED);
            long blobs = archive.blobs().status().blobs();

            assertThat(ingest(archive, withoutStudy).outcome()).isEqualTo(Ingested.Outcome.QUARANTINED);

            assertThat(archive.blobs().status().blobs()).isEqualTo(blobs);
        }
    }

    @Test
    void quarantinedObjectAgain_takesThePlaceOfADamagedOne() throws IOException {
        byte[] withoutStudy =
                withoutStudy(Samples.ofSeveralKinds("archive-test").getFirst());
        try (Archive archive = open()) {
            ingest(archive, withoutStudy);
            flip();
            assertThat(ingest(archive, withoutStudy).outcome()).isEqualTo(Ingested.Outcome.QUARANTINED);
            assertThat(Maintenance.verify(archive, SILENT).defects()).isEmpty();
        }
    }

    @Test
    void refusedObject_leavesNoBlob() throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, phantom);
            long blobs = archive.blobs().status().blobs();
            StreamId stream = archive.names().study(phantom.study()).stream();
            archive.keys()
                    .destroy(Stream.of(KeyClass.PIXEL, KeyClass.INDEX)
                            .map(kind -> archive.keys()
                                    .find(new KeyRef(kind, stream))
                                    .orElseThrow()
                                    .id())
                            .toList());

            assertThatThrownBy(() -> ingest(archive, phantom)).isInstanceOf(ArchiveException.class);

            assertThat(archive.blobs().status().blobs()).isEqualTo(blobs);
        }
    }

    @Test
    void blobThatIsNotDurableYet_isInNoRecord() throws Exception {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            ingest(archive, Samples.ofSeveralKinds("other").getFirst());
            CountDownLatch sync = new CountDownLatch(1);
            LateBlobs late = new LateBlobs(archive.blobs(), () -> awaitUninterruptibly(sync));
            try (ExecutorService sender = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Ingested> answer = sender.submit(() -> ingest(archive, late, phantom.dataset()));
                await().until(() -> late.awaited.get() > 0);
                StreamId stream = archive.names().study(phantom.study()).stream();
                assertThat(archive.log().streamHead(stream)).isEmpty();
                sync.countDown();
                assertThat(answer.get(10, TimeUnit.SECONDS).outcome()).isEqualTo(Ingested.Outcome.STORED);
                assertThat(archive.log().streamHead(stream)).isPresent();
            }
        }
    }

    @Test
    void blobThatCannotBeMadeDurable_leavesNoRecordAndAResendSucceeds() throws IOException {
        PhantomObject phantom = Samples.ofSeveralKinds("archive-test").getFirst();
        try (Archive archive = open()) {
            LateBlobs failing = new LateBlobs(archive.blobs(), () -> {
                throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "injected");
            });
            assertThatThrownBy(() -> ingest(archive, failing, phantom.dataset()))
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.BLOB_STORE_FULL));

            assertThat(ingest(archive, phantom).outcome()).isEqualTo(Ingested.Outcome.STORED);
            assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The tag of Study Instance UID becomes a private one. */
    private static byte[] withoutStudy(PhantomObject phantom) {
        byte[] dataset = phantom.dataset().clone();
        for (int i = 0; i + 4 <= dataset.length; i++) {
            if (dataset[i] == 0x20 && dataset[i + 1] == 0 && dataset[i + 2] == 0x0D && dataset[i + 3] == 0) {
                dataset[i + 2] = 0x0B;
                return dataset;
            }
        }
        throw new AssertionError("no Study Instance UID in a phantom");
    }

    private static Ingested ingest(Archive archive, PhantomObject phantom, Optional<String> characterSet)
            throws IOException {
        return ingest(archive, archive.blobs(), phantom.dataset(), characterSet);
    }

    private static Ingested ingest(Archive archive, byte[] dataset) throws IOException {
        return ingest(archive, archive.blobs(), dataset);
    }

    private static Ingested ingest(Archive archive, BlobStore blobs, byte[] dataset) throws IOException {
        return ingest(archive, blobs, dataset, Optional.empty());
    }

    private static Ingested ingest(Archive archive, BlobStore blobs, byte[] dataset, Optional<String> characterSet)
            throws IOException {
        ObjectIngest ingest = new WritePath(
                blobs,
                archive.keys(),
                archive.names(),
                new PatientRegistry(
                        new PatientIdentifiers("NORTH", PatientIdentifiers.DEFAULT_PLACEHOLDERS),
                        archive.names(),
                        archive.commands()::send,
                        100),
                archive.commands(),
                100,
                archive.commands(),
                new Settling(study -> {}, Clock.systemUTC()),
                source -> Duration.ofMinutes(5),
                archive.log()::head,
                DataSetLimits.DEFAULT,
                (study, object, header) -> {});
        return ingest.ingest(
                new ByteArrayInputStream(dataset),
                new Arrival(
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                        Optional.empty(),
                        Optional.empty(),
                        CT,
                        Optional.empty(),
                        characterSet));
    }

    private static StudyContents.Version current(Archive archive, PhantomObject phantom) {
        SopInstanceUid uid = phantom.sopInstanceUid();
        return archive.catalog()
                .holderOf(uid)
                .flatMap(study -> study.instance(uid))
                .orElseThrow()
                .current();
    }
}

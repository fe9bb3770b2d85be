package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.blobstore.BlobWriter;
import org.archipelago.blobstore.PendingBlob;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.site.SiteCommand.StartNode;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations;
import org.archipelago.node.cli.SiteOperations.ExportRequest;
import org.archipelago.node.cli.SiteOperations.ExportResult;
import org.archipelago.node.cli.SiteOperations.Verification;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.ingest.ObjectIngest.Arrival;
import org.archipelago.node.ingest.PatientRegistry;
import org.archipelago.node.ingest.Settling;
import org.archipelago.node.ingest.WritePath;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

class MaintenanceTest {
    private static final Progress SILENT = new Progress() {
        @Override
        public void total(long total) {}

        @Override
        public void advance(long items) {}
    };

    private final List<PhantomObject> phantoms = Samples.ofSeveralKinds("maintenance-test");
    private final Clock clock = Clock.systemUTC();

    @TempDir
    Path temp;

    private Path backup = Path.of("");
    private Path backupKeys = Path.of("");

    @BeforeEach
    void storeAndBackUp() throws IOException {
        backup = temp.resolve("backup");
        backupKeys = temp.resolve("backup-keys");
        Configuration original = configuration("original");
        try (Archive archive = create(original)) {
            for (PhantomObject phantom : phantoms) {
                ingest(archive, phantom);
            }
        }
        try (Archive archive = Maintenance.offline(original, clock)) {
            assertThat(Maintenance.backup(archive, backup, backupKeys, SILENT)).isEmpty();
        }
    }

    @Test
    void restored_verifiesCleanAndServesTheSameBytes() throws IOException {
        Configuration restored = configuration("restored");
        List<String> before = everyFile(backup, backupKeys);

        Maintenance.restore(backup, backupKeys, restored, SILENT);

        assertThat(everyFile(backup, backupKeys)).isEqualTo(before);
        try (Archive archive = Maintenance.offline(restored, clock)) {
            Verification found = Maintenance.verify(archive, SILENT);
            assertThat(found.defects()).isEmpty();
            assertThat(found.records()).isGreaterThan(phantoms.size());
            assertThat(found.blobs()).isEqualTo(phantoms.size());
            for (PhantomObject phantom : phantoms) {
                assertThat(read(archive, phantom)).isEqualTo(phantom.dataset());
            }
        }
    }

    /** Its name, when it was last changed, and what it holds. */
    private static List<String> everyFile(Path... directories) throws IOException {
        List<String> all = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> found = Files.walk(directory)) {
                for (Path path : found.sorted().toList()) {
                    String bytes = Files.isRegularFile(path)
                            ? Digest.sha256(Files.readAllBytes(path)).toString()
                            : "";
                    all.add(path + " " + Files.getLastModifiedTime(path) + " " + bytes);
                }
            }
        }
        return all;
    }

    @Test
    void restored_isTheSameSiteInANewIncarnationAndTakesMore() throws IOException {
        Configuration restored = configuration("restored");
        Maintenance.restore(backup, backupKeys, restored, SILENT);
        PhantomObject later = Samples.ofSeveralKinds("later").getFirst();
        try (Archive before = Maintenance.offline(configuration("original"), clock);
                Archive after = Maintenance.offline(restored, clock)) {
            assertThat(after.names().site()).isEqualTo(before.names().site());
            assertThat(after.log().incarnation()).isNotEqualTo(before.log().incarnation());
            long head = after.log().head().value();

            ingest(after, phantoms.getFirst());
            assertThat(after.log().head().value()).isEqualTo(head);
            ingest(after, later);
            assertThat(read(after, later)).isEqualTo(later.dataset());
        }
    }

    @Test
    void logAndBlobsOfABackup_tellNothing() throws IOException {
        try (Stream<Path> files = Files.walk(backup)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
                for (PhantomObject phantom : phantoms) {
                    assertThat(content)
                            .as(file.toString())
                            .doesNotContain(phantom.sopInstanceUid().value());
                }
            }
        }
    }

    @Test
    void backupThatWasInterrupted_isRefused() throws IOException {
        Files.delete(backup.resolve("site-id"));

        assertThatThrownBy(() -> Maintenance.restore(backup, backupKeys, configuration("restored"), SILENT))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("not a whole backup");
    }

    @Test
    void damagedBlob_isFoundByVerification() throws IOException {
        Configuration original = configuration("original");
        Path segment;
        try (Stream<Path> files = Files.walk(original.data().resolve("blobs"))) {
            segment = files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int old = file.read();
            file.seek(file.length() / 2);
            file.write(old ^ 1);
        }
        try (Archive archive = Maintenance.offline(original, clock)) {
            assertThat(Maintenance.verify(archive, SILENT).defects()).hasSize(1);
        }
    }

    @Test
    void blobOfNoRecord_isCountedByVerification() throws IOException {
        Configuration original = configuration("original");
        long named;
        try (Archive archive =
                        Archive.open(original, clock, Comparison.configured(original), LogListener.NONE, () -> {});
                BlobWriter writer = archive.blobs().begin()) {
            named = Maintenance.verify(archive, SILENT).blobs();
            writer.write(ByteBuffer.wrap(new byte[1000]));
            try (PendingBlob blob = writer.submit()) {
                blob.await();
                SiteOperations.Verification verified = Maintenance.verify(archive, SILENT);
                assertThat(verified.blobs()).isEqualTo(named + 1);
                assertThat(verified.unnamedBlobs()).isEqualTo(1);
                assertThat(verified.defects()).isEmpty();
            }
        }
    }

    @Test
    void rottenIndexOfBlobs_isADefectUntilTheNextOpening() throws Exception {
        Configuration original = configuration("original");
        List<String> defects = List.of();
        for (int i = 0; i < RunningNodeTest.MOST_STARTS && defects.isEmpty(); i++) {
            RunningNodeTest.rot(original.data().resolve("blobs/index"));
            try (Archive archive = Maintenance.offline(original, clock)) {
                defects = Maintenance.verify(archive, SILENT).defects();
            }
        }
        assertThat(defects).anyMatch(defect -> defect.startsWith("blobs: not all could be looked at"));
        try (Archive archive = Maintenance.offline(original, clock)) {
            Verification found = Maintenance.verify(archive, SILENT);
            assertThat(found.defects()).isEmpty();
            assertThat(found.blobs()).isEqualTo(phantoms.size());
        }
    }

    @Test
    void keysInsideTheBackup_areRefused() {
        Path inside = temp.resolve("other/keys");
        try (Archive archive = Maintenance.offline(configuration("original"), clock)) {
            assertThatThrownBy(() -> Maintenance.backup(archive, temp.resolve("other"), inside, SILENT))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("apart");
            assertThatThrownBy(() -> Maintenance.backup(archive, inside, temp.resolve("other"), SILENT))
                    .isInstanceOf(CommandFailure.class);
        }
        assertThat(temp.resolve("other")).doesNotExist();
    }

    @Test
    void backup_holdsNoKeyAndWhatIsPending() throws IOException {
        Configuration original = configuration("original");
        Files.write(
                Files.createDirectories(original.data().resolve("commitment")).resolve("1.commitment"), new byte[9]);
        Files.write(
                Files.createDirectories(original.data().resolve("dead-letters")).resolve("1"), new byte[8]);
        Path target = temp.resolve("second");
        try (Archive archive = Maintenance.offline(original, clock)) {
            Maintenance.backup(archive, target, temp.resolve("second-keys"), SILENT);
        }
        try (Stream<Path> files = Files.walk(target)) {
            assertThat(files.map(Path::toString))
                    .noneMatch(name -> name.endsWith(".keys") || name.endsWith(".kek") || name.endsWith("master.key"))
                    .noneMatch(name -> name.contains("blobs/index"));
        }
        Configuration restored = configuration("restored");
        Maintenance.restore(target, temp.resolve("second-keys"), restored, SILENT);
        assertThat(restored.data().resolve("commitment/1.commitment")).hasBinaryContent(new byte[9]);
        assertThat(restored.data().resolve("dead-letters/1")).hasBinaryContent(new byte[8]);
    }

    @Test
    void restoreOverExistingData_isRefusedAndChangesNothing() {
        Configuration original = configuration("original");
        assertThatThrownBy(() -> Maintenance.restore(backup, backupKeys, original, SILENT))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("not empty");
        try (Archive archive = Maintenance.offline(original, clock)) {
            assertThat(Maintenance.verify(archive, SILENT).defects()).isEmpty();
        }
    }

    @Test
    void interruptedRestore_isNoSiteAndCanBeBegunAgain() throws IOException {
        Configuration restored = configuration("restored");
        Path log = backup.resolve("log");
        byte[] whole = Files.readAllBytes(log);
        Files.write(log, java.util.Arrays.copyOf(whole, whole.length - 1));
        assertThatThrownBy(() -> Maintenance.restore(backup, backupKeys, restored, SILENT))
                .isInstanceOf(RuntimeException.class);

        assertThatThrownBy(() -> Maintenance.offline(restored, clock))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("interrupted");
        assertThatThrownBy(() -> create(restored)).isInstanceOf(ConfigurationException.class);
        Files.write(log, whole);
        Maintenance.restore(backup, backupKeys, restored, SILENT);

        try (Archive archive = Maintenance.offline(restored, clock)) {
            assertThat(Maintenance.verify(archive, SILENT).defects()).isEmpty();
            assertThat(read(archive, phantoms.getFirst()))
                    .isEqualTo(phantoms.getFirst().dataset());
        }
    }

    @Test
    void damagedRecord_isReportedByAnExportOfTheRest() throws Exception {
        long beginning;
        StreamId study;
        try (Archive archive = Maintenance.offline(configuration("original"), clock)) {
            StoredRecord first = archive.log().read(new LocalPosition(0), 100).stream()
                    .filter(stored -> stored.record().header().type().equals("StudyRegistered"))
                    .findFirst()
                    .orElseThrow();
            beginning = first.local().value();
            study = first.record().header().stream();
        }
        damage(temp.resolve("original/log"), beginning);
        ExportResult result = export("original", "exported");
        assertThat(result.written()).isPositive().isLessThan(phantoms.size());
        assertThat(result.failures()).containsOnlyKeys("study " + study);
    }

    /** The last byte of a record's body is another one from now on. */
    private static void damage(Path log, long position) throws RocksDBException {
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        try (Options options = new Options();
                DBOptions opening = new DBOptions()) {
            for (byte[] name : RocksDB.listColumnFamilies(options, log.toString())) {
                tables.add(new ColumnFamilyDescriptor(name));
            }
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            try (RocksDB db = RocksDB.open(opening, log.toString(), tables, handles)) {
                for (ColumnFamilyHandle table : handles) {
                    if (new String(table.getName(), StandardCharsets.US_ASCII).equalsIgnoreCase("records")) {
                        byte[] key = ByteBuffer.allocate(8).putLong(position).array();
                        byte[] value = db.get(table, key);
                        value[value.length - 1] ^= 1;
                        db.put(table, key, value);
                    }
                    table.close();
                }
            }
        }
    }

    private ExportResult export(String name, String target, String... studies) throws IOException {
        Path file = Files.writeString(
                temp.resolve(name + ".yaml"), "data: " + name + "\nblobs: { lowWaterMarkBytes: 1000000 }\n");
        NodeAddress address = new NodeAddress(
                file,
                temp.resolve(name),
                "north",
                URI.create("http://127.0.0.1:" + LoopbackPorts.free()),
                "127.0.0.1",
                LoopbackPorts.free(),
                "NORTH");
        return new LocalSiteOperations(clock)
                .export(address, new ExportRequest(temp.resolve(target), List.of(studies), false), SILENT);
    }

    @Test
    void restoredSite_isKnownByItsKeyAndSignsOn() throws IOException {
        Configuration original = configuration("original");
        SiteFingerprint fingerprint;
        long signed;
        try (Archive archive = Maintenance.offline(original, clock);
                SiteFederation federation = SiteFederation.open(archive, original, clock)) {
            fingerprint = federation.identity().fingerprint();
            signed = federation.checkpoints().advance().orElseThrow().size();
            Maintenance.backup(archive, temp.resolve("signed"), temp.resolve("signed-keys"), SILENT);
        }
        Configuration restored = configuration("restored");
        Maintenance.restore(temp.resolve("signed"), temp.resolve("signed-keys"), restored, SILENT);

        assertThat(temp.resolve("signed/identity")).doesNotExist();
        assertThat(Files.getPosixFilePermissions(temp.resolve("signed-keys/identity/signing-key.pem")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (Archive archive = create(restored);
                SiteFederation federation = SiteFederation.open(archive, restored, clock)) {
            assertThat(federation.identity().fingerprint()).isEqualTo(fingerprint);
            assertThat(federation.checkpoints().latest().orElseThrow().size()).isEqualTo(signed);
            archive.commands().send(new StartNode(archive.names().site("node"), "1", "d"));
            assertThat(federation.checkpoints().advance().orElseThrow().size()).isEqualTo(signed + 1);
        }
    }

    @Test
    void blobThatARecordNamesAndThatIsGone_isFoundByVerification() throws IOException {
        try (Archive archive = create(configuration("original"))) {
            SopInstanceUid uid = phantoms.getFirst().sopInstanceUid();
            BlobId blob = archive.catalog()
                    .holderOf(uid)
                    .orElseThrow()
                    .instance(uid)
                    .orElseThrow()
                    .current()
                    .object()
                    .blob()
                    .id();
            archive.blobs().delete(blob);

            assertThat(Maintenance.verify(archive, SILENT).defects())
                    .containsExactly("blob " + blob + ": named by a record, NOT_FOUND, blob");
        }
    }

    @Test
    void keysOlderThanTheLog_areMissingAndNotErased() throws IOException {
        Configuration original = configuration("original");
        PhantomObject later = Samples.ofSeveralKinds("later").getFirst();
        try (Archive archive = create(original)) {
            ingest(archive, later);
        }
        Path target = temp.resolve("second");
        try (Archive archive = Maintenance.offline(original, clock)) {
            Maintenance.backup(archive, target, temp.resolve("second-keys"), SILENT);
        }
        Configuration restored = configuration("restored");
        Maintenance.restore(target, backupKeys, restored, SILENT);
        try (Archive archive = Maintenance.offline(restored, clock)) {
            Verification found = Maintenance.verify(archive, SILENT);
            assertThat(found.erased()).isZero();
            assertThat(found.defects()).isNotEmpty().anyMatch(defect -> defect.contains("is missing"));
            assertThat(read(archive, phantoms.getFirst()))
                    .isEqualTo(phantoms.getFirst().dataset());
        }
        ExportResult all = export("restored", "all");
        assertThat(all.written()).isEqualTo(phantoms.size());
        assertThat(all.erased()).isZero();
        assertThat(all.failures()).hasSize(1).allSatisfy((study, why) -> {
            assertThat(study).startsWith("study ");
            assertThat(why).contains("is missing");
        });
        ExportResult named = export(
                "restored",
                "named",
                later.study().value(),
                phantoms.getFirst().study().value());
        assertThat(named.written()).isPositive();
        assertThat(named.failures()).containsOnlyKeys(later.study().value());
    }

    @Test
    void erasedStudy_isCountedAndDisturbsNothing() throws IOException {
        Configuration original = configuration("original");
        PhantomObject erased = phantoms.getFirst();
        try (Archive archive = create(original)) {
            SopInstanceUid uid = erased.sopInstanceUid();
            StreamId study = archive.catalog().holderOf(uid).orElseThrow().copy().orElseThrow().stream();
            archive.keys()
                    .destroy(List.of(
                            archive.keys()
                                    .find(new KeyRef(KeyClass.INDEX, study))
                                    .orElseThrow()
                                    .id(),
                            archive.keys()
                                    .find(new KeyRef(KeyClass.PIXEL, study))
                                    .orElseThrow()
                                    .id()));
        }
        try (Archive archive = create(original)) {
            assertThatThrownBy(() -> ingest(archive, erased))
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.ERASED));
            Verification found = Maintenance.verify(archive, SILENT);
            assertThat(found.defects()).isEmpty();
            assertThat(found.erased()).isPositive();
            for (PhantomObject other : phantoms) {
                if (!other.study().value().equals(erased.study().value())) {
                    assertThat(read(archive, other)).isEqualTo(other.dataset());
                }
            }
        }
        ExportResult exported = export("original", "exported");
        assertThat(exported.failures()).isEmpty();
        assertThat(exported.erased()).isEqualTo(1);
        assertThat(exported.written()).isPositive().isLessThan(phantoms.size());
    }

    private Configuration configuration(String name) {
        return ConfigurationFile.parse("data: " + name + "\nblobs: { lowWaterMarkBytes: 1000000 }\n", temp, "test");
    }

    private Archive create(Configuration configuration) {
        return Archive.open(
                configuration,
                clock,
                Comparison.configured(configuration),
                org.archipelago.eventstore.LogListener.NONE,
                () -> {});
    }

    private void ingest(Archive archive, PhantomObject phantom) throws IOException {
        new WritePath(
                        archive.blobs(),
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
                        new Settling(study -> {}, clock),
                        source -> Duration.ofMinutes(5),
                        archive.log()::head,
                        DataSetLimits.DEFAULT,
                        (study, object, header) -> {})
                .ingest(
                        new ByteArrayInputStream(phantom.dataset()),
                        new Arrival(
                                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                                Optional.empty(),
                                Optional.empty(),
                                Actor.device("CT1", "127.0.0.1"),
                                Optional.empty(),
                                Optional.empty()));
    }

    private static byte[] read(Archive archive, PhantomObject phantom) throws IOException {
        SopInstanceUid uid = phantom.sopInstanceUid();
        StudyContents study = archive.catalog().holderOf(uid).orElseThrow();
        try (InputStream in = Channels.newInputStream(archive.bytes()
                .open(
                        study.copy().orElseThrow().stream(),
                        study.instance(uid).orElseThrow().current().object().blob()))) {
            return in.readAllBytes();
        }
    }
}

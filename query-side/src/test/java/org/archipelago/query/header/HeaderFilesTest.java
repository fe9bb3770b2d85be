package org.archipelago.query.header;

import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.number;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.keystore.Key;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.cluster.SearchClusterSettings;
import org.archipelago.query.projection.DeadLetters;
import org.archipelago.query.projection.Projections;
import org.archipelago.query.search.ElasticsearchQueries;
import org.archipelago.query.testing.MemoryKeys;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeaderFilesTest {
    private static final SeriesInstanceUid SERIES = new SeriesInstanceUid("1.2.3.777");
    private final StudyCopyId study = new StudyStories(new MemoryLog()).names.study(new StudyInstanceUid("1.2.3"));
    private final MemoryKeys keys = new MemoryKeys();
    private final List<StoredInstance> held = new ArrayList<>();
    private final Map<String, ArchiveError> bad = new HashMap<>();
    private int blobReads;
    private boolean unnamed;
    private Key key;

    @TempDir
    Path folder;

    @BeforeEach
    void obtainKey() {
        key = keys.obtain(new KeyRef(KeyClass.INDEX, study.stream()));
    }

    private HeaderFiles open() {
        return open(64 << 20);
    }

    private HeaderFiles open(long cacheBytes) {
        return new HeaderFiles(folder, keys, new Held(), this::fromBlob, new SecureRandom(), cacheBytes);
    }

    private static List<AttributeSet> read(HeaderFiles files, StudyCopyId study) {
        return files.headers(study, SERIES)
                .map(header -> ((InstanceHeader.Readable) header).attributes())
                .toList();
    }

    private void prepare(HeaderFiles files) {
        files.prepare(study, SERIES, held.stream().map(StoredInstance::object).toList());
    }

    private AttributeSet fromBlob(StudyCopyId copy, StoredObject object) {
        blobReads++;
        ArchiveError error = bad.get(object.sopInstanceUid().value());
        if (error != null) {
            throw new ArchiveException(error, "blob");
        }
        AttributeSet header = header(object.sopInstanceUid());
        return unnamed ? header.filter(tag -> tag != Tags.SOP_INSTANCE_UID && tag != Tags.SOP_CLASS_UID) : header;
    }

    private static AttributeSet header(SopInstanceUid uid) {
        String last = uid.value().substring(uid.value().lastIndexOf('.') + 1);
        AttributeSet header = set(Tags.SOP_INSTANCE_UID, text(Vr.UI, uid.value()))
                .with(Tags.SOP_CLASS_UID, text(Vr.UI, "1.2.840.10008.5.1.4.1.1.2"))
                .with(Tags.PATIENT_NAME, name("Doe^Jane=土井^ジェーン"))
                .with(Tags.INSTANCE_NUMBER, text(Vr.IS, last))
                .with(Tags.ROWS, number(Vr.US, "512"))
                .with(Tags.ACCESSION_NUMBER, new Attribute(Vr.SH, List.of()))
                .with(Tags.PIXEL_DATA, new Attribute(Vr.OW, List.of(new Value.Bulk(1234, 524288))))
                .with(
                        Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE,
                        new Attribute(Vr.SQ, List.of(new Value.Item(set(0x00400031, text(Vr.UT, "LAB"))))));
        for (int i = 0; i < 80; i++) {
            header = header.with(0x00189000 + i, text(Vr.LO, "the same in the whole series " + i));
        }
        return last.equals("2") ? header.filter(tag -> tag != 0x00189001) : header;
    }

    private void hold(int first, int count) {
        for (int i = first; i < first + count; i++) {
            held.add(StudyStories.instance(SERIES.value(), i));
        }
    }

    private static List<AttributeSet> expected(List<StoredInstance> held) {
        return held.stream().map(i -> header(i.object().sopInstanceUid())).toList();
    }

    @Test
    void headers_areWhatTheBlobsSay_inOrderOfArrival() {
        hold(1, 5);

        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        assertThat(blobReads).isEqualTo(5);
    }

    @Test
    void growingSeries_readsEachBlobOnce_inFewSegments() throws IOException {
        for (int i = 1; i <= 200; i++) {
            hold(i, 1);
            prepare(open());
        }
        assertThat(blobReads).isEqualTo(200);
        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        assertThat(Files.size(file()))
                .as("bytes for 200 headers of 80 equal attributes")
                .isLessThan(40_000);
    }

    @Test
    void supersededVersion_isReadAgain() {
        hold(1, 3);
        prepare(open());
        held.set(1, StudyStories.instance(SERIES.value(), 9));
        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        assertThat(blobReads).isEqualTo(4);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    @Test
    void damagedOrTornFile_isMadeAgain() throws IOException {
        hold(1, 40);
        prepare(open());
        byte[] whole = Files.readAllBytes(file());
        for (int cut = 0; cut < whole.length; cut += 97) {
            byte[] damaged = java.util.Arrays.copyOf(whole, cut);
            Files.write(file(), damaged);
            assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        }
        for (int at = 0; at < whole.length; at += 131) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x40;
            Files.write(file(), damaged);
            assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        }
    }

    @Test
    void fileOfAnotherFormat_isMadeAgain() throws IOException {
        hold(1, 3);
        prepare(open());
        byte[] file = Files.readAllBytes(file());
        file[3] = 1;
        Files.write(file(), file);
        prepare(open());

        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        assertThat(blobReads).as("three at first, three for the new format").isEqualTo(6);
    }

    @Test
    void damagedSegment_isRepairedByItsReader() throws IOException {
        hold(1, 200);
        prepare(open());
        byte[] file = Files.readAllBytes(file());
        file[file.length - 1] ^= 1;
        Files.write(file(), file);

        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        int reads = blobReads;
        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));

        assertThat(reads).as("the last segment only").isBetween(201, 264);
        assertThat(blobReads).isEqualTo(reads);
    }

    @Test
    void oneBadObject_isNamed_andTheOthersAreKept() {
        hold(1, 5);
        bad.put(SERIES + ".2", ArchiveError.CORRUPT);
        bad.put(SERIES + ".4", ArchiveError.DATASET_LIMIT);

        List<InstanceHeader> headers = open().headers(study, SERIES).toList();

        assertThat(headers)
                .extracting(header -> header.object().sopInstanceUid().value())
                .containsExactly(SERIES + ".1", SERIES + ".2", SERIES + ".3", SERIES + ".4", SERIES + ".5");
        assertThat(headers.get(1))
                .isEqualTo(new InstanceHeader.Unreadable(held.get(1).object(), ArchiveError.CORRUPT));
        assertThat(headers.get(3))
                .isEqualTo(new InstanceHeader.Unreadable(held.get(3).object(), ArchiveError.DATASET_LIMIT));
        assertThat(headers.get(4))
                .isEqualTo(new InstanceHeader.Readable(
                        held.get(4).object(), expected(held).get(4)));
        bad.clear();
        blobReads = 0;
        assertThat(read(open(), study)).containsExactlyElementsOf(expected(held));
        assertThat(blobReads).as("the two that were bad").isEqualTo(2);
    }

    @Test
    void failureOfTheNode_keepsWhatWasReadBefore() {
        hold(1, 5);
        bad.put(SERIES + ".4", ArchiveError.LOG_UNAVAILABLE);
        assertThatThrownBy(() -> prepare(open())).isInstanceOf(ArchiveException.class);
        bad.clear();
        blobReads = 0;

        assertThat(read(open(), study)).hasSize(5);
        assertThat(blobReads).isEqualTo(2);
    }

    @Test
    void dataSetThatDoesNotNameItself_isNamedAsRecorded() {
        hold(1, 2);
        unnamed = true;

        assertThat(read(open(), study))
                .extracting(header -> header.text(Tags.SOP_INSTANCE_UID).orElse("none"))
                .containsExactly(SERIES + ".1", SERIES + ".2");
        assertThat(read(open(), study))
                .extracting(header -> header.text(Tags.SOP_CLASS_UID).orElse("none"))
                .containsExactly(
                        held.get(0).object().sopClassUid().value(),
                        held.get(1).object().sopClassUid().value());
    }

    @Test
    void oneInstance_costsOneHeader() throws IOException {
        hold(1, 500);
        prepare(open());
        HeaderFiles files = open();
        StoredObject wanted = held.get(320).object();

        List<InstanceHeader> found =
                files.headers(study, SERIES, List.of(wanted)).toList();

        assertThat(found).containsExactly(new InstanceHeader.Readable(wanted, header(wanted.sopInstanceUid())));
        assertThat(blobReads).isEqualTo(500);
        List<HeaderSegments.Segment> segments = new HeaderSegments(file(), key.secret(), new SecureRandom()).index();
        assertThat(segments)
                .allSatisfy(segment ->
                        assertThat(segment.versions()).hasSizeLessThanOrEqualTo(HeaderSegments.MAX_SEGMENT_HEADERS))
                .allSatisfy(segment ->
                        assertThat(segment.sizeBytes()).isLessThanOrEqualTo(HeaderSegments.MAX_SEGMENT_BYTES));
    }

    @Test
    void seriesBeyondTheCache_isReadFromItsFile() {
        hold(1, 300);
        prepare(open());
        HeaderFiles small = open(100_000);

        assertThat(read(small, study)).containsExactlyElementsOf(expected(held));
        assertThat(read(small, study)).containsExactlyElementsOf(expected(held));
        assertThat(blobReads).isEqualTo(300);
    }

    @Test
    void cache_isBoundedByWhatItsHeadersTake() {
        AttributeSet small = header(new SopInstanceUid("1.1"));
        long size = HeaderCache.sizeBytes(small);
        HeaderCache cache = new HeaderCache(20 * size);
        for (int i = 1; i <= 50; i++) {
            cache.put(study, StudyStories.instance("1", i).object().version(), small);
        }
        long kept = java.util.stream.IntStream.rangeClosed(1, 50)
                .filter(i -> cache.get(
                                study, StudyStories.instance("1", i).object().version())
                        .isPresent())
                .count();
        assertThat(kept).isEqualTo(20);
        List<Value> items = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            items.add(new Value.Item(AttributeSet.EMPTY));
        }
        AttributeSet manyItems = small.with(0x00081140, new Attribute(Vr.SQ, items));
        cache.put(study, StudyStories.instance("1", 51).object().version(), manyItems);
        assertThat(cache.get(study, StudyStories.instance("1", 51).object().version()))
                .as("ten thousand empty items are no small header")
                .isEmpty();
        assertThat(cache.get(study, StudyStories.instance("1", 50).object().version()))
                .isPresent();
    }

    @Test
    void valuesWithoutText_areNoSmallHeader() {
        List<Value> empty = Collections.nCopies(60_000, new Value.Text(""));
        assertThat(HeaderCache.sizeBytes(AttributeSet.of(Map.of(0x00091010, new Attribute(Vr.LO, empty)))))
                .isGreaterThan(60_000 * 20);
    }

    @Test
    void file_tellsNothingInClear() throws IOException {
        hold(1, 3);
        prepare(open());
        String all = file() + new String(Files.readAllBytes(file()), StandardCharsets.ISO_8859_1);
        assertThat(all).doesNotContain("1.2.3", "Doe", "the same");
    }

    @Test
    void destroyedKey_isErased() {
        hold(1, 1);
        HeaderFiles files = open();
        prepare(files);
        keys.destroy(Set.of(key.id()));
        assertThatThrownBy(() -> files.headers(study, SERIES))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.ERASED));
    }

    @Test
    void forgottenStudy_leavesNoFile() throws IOException {
        hold(1, 2);
        HeaderFiles files = open();
        prepare(files);
        files.forget(study);
        try (Stream<Path> left = Files.walk(folder)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void imageQuery_findsTheOthersOfADamagedObject_andWhatIsRecordedOfIt() throws IOException {
        hold(1, 5);
        bad.put(SERIES + ".2", ArchiveError.CORRUPT);
        try (SearchCluster nobody =
                        new SearchCluster(SearchClusterSettings.local(java.net.URI.create("http://127.0.0.1:1"), "x"));
                DeadLetters letters = new DeadLetters(folder.resolve("letters"), java.time.Clock.systemUTC())) {
            MemoryLog log = new MemoryLog();
            Projections projections = new Projections(nobody, log, log, letters, "n", java.time.Clock.systemUTC());
            ElasticsearchQueries queries = new ElasticsearchQueries(
                    nobody,
                    projections,
                    open(),
                    new Held(),
                    _ -> (_, header) -> header,
                    1000,
                    1 << 20,
                    Duration.ofSeconds(1));

            QueryPage all = images(queries, 10, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.2.3"));
            QueryPage named = images(queries, 10, key(Tags.SOP_INSTANCE_UID, Vr.UI, SERIES + ".2"));

            assertThat(all.matches()).hasSize(5);
            assertThat(named.matches()).hasSize(1);
        }
    }

    @Test
    void imageQuery_isAnsweredWithoutElasticsearch() throws IOException {
        hold(1, 500);
        try (SearchCluster nobody =
                        new SearchCluster(SearchClusterSettings.local(java.net.URI.create("http://127.0.0.1:1"), "x"));
                DeadLetters letters = new DeadLetters(folder.resolve("letters"), java.time.Clock.systemUTC())) {
            MemoryLog log = new MemoryLog();
            Projections projections = new Projections(nobody, log, log, letters, "n", java.time.Clock.systemUTC());
            ElasticsearchQueries queries = new ElasticsearchQueries(
                    nobody,
                    projections,
                    open(),
                    new Held(),
                    _ -> (_, header) -> header.with(Tags.PATIENT_NAME, name("Doe^Corrected")),
                    1000,
                    1 << 20,
                    Duration.ofSeconds(1));
            QueryPage page = images(queries, 10, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.2.3"));
            assertThat(page.matches()).hasSize(10);
            assertThat(page.more()).isTrue();
            assertThat(images(
                                    queries,
                                    10,
                                    key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.2.3"),
                                    key(Tags.INSTANCE_NUMBER, Vr.IS, "007"))
                            .matches())
                    .hasSize(1);
            assertThat(images(
                                    queries,
                                    10,
                                    key(Tags.SOP_INSTANCE_UID, Vr.UI, SERIES + ".5"),
                                    key(Tags.PATIENT_NAME, Vr.PN, "doe^corr*"))
                            .matches())
                    .hasSize(1);
            assertThat(images(
                                    queries,
                                    10,
                                    key(Tags.SOP_INSTANCE_UID, Vr.UI, SERIES + ".5"),
                                    key(Tags.PATIENT_NAME, Vr.PN, "doe^jane"))
                            .matches())
                    .isEmpty();
        }
    }

    private static QueryPage images(ElasticsearchQueries queries, int limit, MatchingKey... keys) {
        return queries.find(new ArchiveQuery(
                QueryLevel.IMAGE, List.of(keys), "NORTH", false, Set.of(), false, 0, limit, new LocalPosition(-1)));
    }

    private static MatchingKey key(int tag, Vr vr, String value) {
        return new MatchingKey(List.of(tag), vr, value);
    }

    @Test
    void fiveHundredHeaders_readFast() {
        hold(1, 500);
        prepare(open());
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            HeaderFiles cold = open();
            long start = System.nanoTime();
            assertThat(cold.headers(study, SERIES).count()).isEqualTo(500);
            best = Math.min(best, (System.nanoTime() - start) / 1_000);
        }
        System.out.printf("500 headers from their file, not cached: %d us%n", best);
        assertThat(blobReads).isEqualTo(500);
    }

    private final class Held implements SeriesInstances {
        @Override
        public Optional<StudyCopyId> study(StudyInstanceUid uid) {
            return uid.value().equals("1.2.3") ? Optional.of(study) : Optional.empty();
        }

        @Override
        public List<StudyCopyId> holding(SopInstanceUid uid) {
            return held.stream().anyMatch(i -> i.object().sopInstanceUid().equals(uid)) ? List.of(study) : List.of();
        }

        @Override
        public Set<AccessionIdentifier> accessions(StudyCopyId copy) {
            return Set.of();
        }

        @Override
        public List<SeriesInstanceUid> series(StudyCopyId copy) {
            return List.of(SERIES);
        }

        @Override
        public List<StoredInstance> current(StudyCopyId copy, SeriesInstanceUid series) {
            return List.copyOf(held);
        }
    }
}

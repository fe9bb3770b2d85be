package org.archipelago.query.search;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.header.CorrectionsInForce;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.SeriesInstances;
import org.archipelago.query.testing.MemoryKeys;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Image queries that the log alone answers. */
class ImageSearchTest {
    private static final MatchingKey STUDY_A = key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1");
    private final Held held = new Held();
    private AttributeSet further = AttributeSet.EMPTY;
    private AttributeSet listedAs = AttributeSet.EMPTY;
    private int opened;
    private HeaderFiles headers;
    private ImageSearch images;

    @BeforeEach
    void open(@TempDir Path folder) {
        MemoryKeys keys = new MemoryKeys();
        held.hold("1.1", "9.1", 3);
        held.hold("1.1", "9.2", 2);
        held.hold("1.2", "9.1", 1);
        held.copies.values().forEach(copy -> keys.obtain(new KeyRef(KeyClass.INDEX, copy.stream())));
        headers = new HeaderFiles(folder, keys, held, this::header, new SecureRandom(), 1 << 20);
        images = withPagesOf(1 << 20);
    }

    private ImageSearch withPagesOf(long maxPageBytes) {
        return new ImageSearch(headers, held, _ -> new Listed(), maxPageBytes);
    }

    /** Nothing identifies an object itself. */
    private final class Listed implements CorrectionsInForce.OfStudy {
        @Override
        public AttributeSet apply(StoredObject object, AttributeSet header) {
            return header;
        }

        @Override
        public AttributeSet listedAs(StoredObject object) {
            return listedAs;
        }
    }

    private AttributeSet header(StudyCopyId copy, StoredObject object) {
        opened++;
        String uid = object.sopInstanceUid().value();
        return set(Tags.SOP_INSTANCE_UID, text(Vr.UI, uid))
                .with(Tags.STUDY_INSTANCE_UID, text(Vr.UI, held.uid(copy)))
                .with(Tags.ACCESSION_NUMBER, text(Vr.SH, "ORD1"))
                .with(further)
                .with(Tags.INSTANCE_NUMBER, text(Vr.IS, uid.substring(uid.lastIndexOf('.') + 1)));
    }

    private static Request request(int offset, int limit, MatchingKey... keys) {
        return Request.of(
                new ArchiveQuery(
                        QueryLevel.IMAGE,
                        List.of(keys),
                        "NORTH",
                        false,
                        Set.of(),
                        true,
                        offset,
                        limit,
                        new LocalPosition(-1)),
                1000);
    }

    private List<String> found(Request request, int tag) {
        return images.find(request, Optional.empty()).matches().stream()
                .map(match -> match.shown().text(tag).orElseThrow())
                .toList();
    }

    @Test
    void instanceInTwoStudies_isFoundInBoth() {
        Request request = request(0, 10, key(Tags.SOP_INSTANCE_UID, Vr.UI, "9.1.1"));
        assertThat(found(request, Tags.STUDY_INSTANCE_UID)).containsExactly("1.1", "1.2");
    }

    @Test
    void secondKeyOfTheSameTag_isNotOverlooked() {
        Request request = request(0, 10, STUDY_A, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.2"));
        assertThat(ImageSearch.needsNoIndex(request)).isFalse();
    }

    @Test
    void pageBehindASeries_doesNotOpenIt() {
        assertThat(found(request(3, 10, STUDY_A), Tags.SOP_INSTANCE_UID)).containsExactly("9.2.1", "9.2.2");
        assertThat(opened).isEqualTo(2);
        assertThat(found(request(1, 2, STUDY_A), Tags.SOP_INSTANCE_UID)).containsExactly("9.1.2", "9.1.3");
        assertThat(found(request(1, 10, STUDY_A, key(Tags.INSTANCE_NUMBER, Vr.IS, "2")), Tags.SOP_INSTANCE_UID))
                .containsExactly("9.2.2");
    }

    /** Matches found by following pages, and of how many each was. */
    private List<Integer> pages(int limit) {
        List<Integer> sizes = new ArrayList<>();
        List<String> found = new ArrayList<>();
        ImageSearch.Found page;
        do {
            page = images.find(request(found.size(), limit, STUDY_A), Optional.empty());
            page.matches()
                    .forEach(match ->
                            found.add(match.shown().text(Tags.SOP_INSTANCE_UID).orElseThrow()));
            sizes.add(page.matches().size());
        } while (page.more());
        assertThat(found).containsExactly("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2");
        return sizes;
    }

    @Test
    void largeHeaders_makeAPageShorterAndAreAllOnOneOfThem() {
        further = set(Tags.STUDY_DESCRIPTION, text(Vr.LO, "x".repeat(20_000)));
        assertThat(pages(4)).containsExactly(4, 1);
        images = withPagesOf(100_000);
        assertThat(pages(4)).containsExactly(2, 2, 1);
        images = withPagesOf(1);
        assertThat(pages(4)).containsExactly(1, 1, 1, 1, 1);
    }

    @Test
    void walk_opensEachSeriesOnceAndEndsWhenTheReceiverHasEnough() {
        List<String> all = new ArrayList<>();
        images.walk(request(0, 1, STUDY_A), Optional.empty(), match -> {
            all.add(match.text(Tags.SOP_INSTANCE_UID).orElseThrow());
            return all.size() < 5;
        });
        assertThat(all).containsExactly("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2");
        assertThat(opened).isEqualTo(5);

        List<AttributeSet> two = new ArrayList<>();
        images.walk(request(0, 1, STUDY_A), Optional.empty(), match -> {
            two.add(match);
            return two.size() < 2;
        });
        assertThat(two).hasSize(2);
    }

    @Test
    void walkThatFindsNothing_endsWhenItIsNotWantedAnyMore() {
        held.hold("1.1", "9.3", 200);
        held.hold("1.1", "9.4", 10);
        MatchingKey nothing = key(Tags.INSTANCE_NUMBER, Vr.IS, "9999");
        images.walk(
                request(0, 1, STUDY_A, nothing),
                Optional.empty(),
                new ArchiveQueries.MatchConsumer<RuntimeException>() {
                    @Override
                    public boolean take(AttributeSet match) {
                        throw new AssertionError(match);
                    }

                    @Override
                    public boolean isWanted() {
                        return false;
                    }
                });
        assertThat(opened).isEqualTo(205);
    }

    /** As at the levels above, where the index tells. */
    @Test
    void bareAccessionNumber_meansTheAskersDomainAsItWasRecorded() {
        MatchingKey order = key(Tags.ACCESSION_NUMBER, Vr.SH, "ORD1");
        MatchingKey like = key(Tags.ACCESSION_NUMBER, Vr.SH, "ORD*");
        assertThat(found(request(0, 10, STUDY_A, order), Tags.SOP_INSTANCE_UID)).hasSize(5);
        held.orders = Set.of(new AccessionIdentifier("ORD1", "SOUTH"), new AccessionIdentifier("ORD2", "NORTH"));
        for (MatchingKey key : List.of(order, like)) {
            assertThat(found(request(0, 10, STUDY_A, key), Tags.SOP_INSTANCE_UID))
                    .isEmpty();
        }
        held.orders = Set.of(new AccessionIdentifier("ORD1", "SOUTH"), new AccessionIdentifier("ORD1", "NORTH"));
        for (MatchingKey key : List.of(order, like, key(Tags.ACCESSION_NUMBER, Vr.SH, "ORD1\\ORD2"))) {
            assertThat(found(request(0, 10, STUDY_A, key), Tags.SOP_INSTANCE_UID))
                    .hasSize(5);
        }
    }

    @Test
    void issuerThatTheObjectTells_countsForItAlone() {
        held.orders = Set.of(new AccessionIdentifier("ORD1", "SOUTH"), new AccessionIdentifier("ORD1", "NORTH"));
        further = issuedBy(Tags.LOCAL_NAMESPACE_ENTITY_ID, "SOUTH");
        assertThat(found(request(0, 10, STUDY_A, key(Tags.ACCESSION_NUMBER, Vr.SH, "ORD1")), Tags.SOP_INSTANCE_UID))
                .isEmpty();
    }

    private int found(MatchingKey... keys) {
        List<MatchingKey> all = new ArrayList<>(List.of(keys));
        all.add(STUDY_A);
        return found(request(0, 10, all.toArray(MatchingKey[]::new)), Tags.SOP_INSTANCE_UID)
                .size();
    }

    private static MatchingKey patientId(String id) {
        return key(Tags.PATIENT_ID, Vr.LO, id);
    }

    private static MatchingKey issuer(String name) {
        return key(Tags.ISSUER_OF_PATIENT_ID, Vr.LO, name);
    }

    private static AttributeSet patient(String id, String issuer) {
        return set(Tags.PATIENT_ID, text(Vr.LO, id)).with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, issuer));
    }

    @Test
    void objectWithoutAnId_isFoundByThatOfThePersonWhoseItIsAndShownAsItIs() {
        assertThat(found(patientId("17"))).isZero();
        listedAs = patient("17", "NORTH");
        assertThat(found(patientId("17"))).isEqualTo(5);
        assertThat(found(patientId("1?"), issuer("NORTH"))).isEqualTo(5);
        assertThat(found(patientId("18"))).isZero();
        assertThat(found(patientId("17"), issuer("HARBOR"))).isZero();
        assertThat(images.find(request(0, 10, STUDY_A, patientId("17")), Optional.empty())
                        .matches())
                .allSatisfy(match ->
                        assertThat(match.shown().contains(Tags.PATIENT_ID)).isFalse());
    }

    /** Number 17 of another domain. */
    @Test
    void identifierOfItsPerson_isOfItsOwnDomain() {
        listedAs = patient("17", "HARBOR");
        assertThat(found(patientId("17"))).isZero();
        assertThat(found(patientId("17"), issuer("HARBOR"))).isEqualTo(5);
    }

    @Test
    void issuerThatAnObjectTells_isNotThatOfItsPersonsIdentifier() {
        listedAs = patient("17", "NORTH");
        further = patient("UNKNOWN", "HARBOR");
        assertThat(found(patientId("17"), issuer("HARBOR"))).isZero();
        assertThat(found(patientId("17"))).isEqualTo(5);
        assertThat(found(patientId("UNKNOWN"), issuer("HARBOR"))).isEqualTo(5);
        assertThat(found(patientId("UNKNOWN"))).isZero();
    }

    @Test
    void objectWithoutAnId_isFoundByItsOwnNameAndByThatInForce() {
        further = set(Tags.PATIENT_NAME, name("DOE^JANE"));
        listedAs = patient("17", "NORTH").with(Tags.PATIENT_NAME, name("SMITH^JANE"));
        for (String name : List.of("doe^jane", "smith^jane")) {
            assertThat(found(patientId("17"), key(Tags.PATIENT_NAME, Vr.PN, name)))
                    .isEqualTo(5);
        }
        assertThat(found(patientId("17"), key(Tags.PATIENT_NAME, Vr.PN, "roe^jane")))
                .isZero();
    }

    private static AttributeSet issuedBy(int tag, String issuer) {
        return set(
                Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE,
                new Attribute(Vr.SQ, List.of(new Value.Item(set(tag, text(Vr.UT, issuer))))));
    }

    /** Studies by UID, of each the instances of its series. */
    private static final class Held implements SeriesInstances {
        private Set<AccessionIdentifier> orders = Set.of();
        private final StudyStories stories = new StudyStories(new MemoryLog());
        private final Map<String, StudyCopyId> copies = new LinkedHashMap<>();
        private final Map<StudyCopyId, Map<SeriesInstanceUid, List<StoredInstance>>> series = new LinkedHashMap<>();

        void hold(String study, String uid, int count) {
            StudyCopyId copy = copies.computeIfAbsent(study, s -> stories.names.study(new StudyInstanceUid(s)));
            series.computeIfAbsent(copy, _ -> new LinkedHashMap<>())
                    .put(
                            new SeriesInstanceUid(uid),
                            IntStream.rangeClosed(1, count)
                                    .mapToObj(i -> StudyStories.instance(uid, i))
                                    .toList());
        }

        String uid(StudyCopyId copy) {
            return copies.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(copy))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
        }

        @Override
        public Optional<StudyCopyId> study(StudyInstanceUid uid) {
            return Optional.ofNullable(copies.get(uid.value()));
        }

        @Override
        public List<StudyCopyId> holding(SopInstanceUid uid) {
            return series.entrySet().stream()
                    .filter(entry -> entry.getValue().values().stream()
                            .flatMap(List::stream)
                            .anyMatch(i -> i.object().sopInstanceUid().equals(uid)))
                    .map(Map.Entry::getKey)
                    .toList();
        }

        @Override
        public Set<AccessionIdentifier> accessions(StudyCopyId study) {
            return orders;
        }

        @Override
        public List<SeriesInstanceUid> series(StudyCopyId study) {
            return List.copyOf(series.getOrDefault(study, Map.of()).keySet());
        }

        @Override
        public List<StoredInstance> current(StudyCopyId study, SeriesInstanceUid uid) {
            return series.getOrDefault(study, Map.of()).getOrDefault(uid, List.of());
        }
    }
}

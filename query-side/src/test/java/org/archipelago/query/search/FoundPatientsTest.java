package org.archipelago.query.search;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.CT1;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.person;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whom an answer is about, and under whom an access is found for that. */
@ExtendWith(RunningElasticsearch.class)
class FoundPatientsTest {
    private static final MemoryLog LOG = new MemoryLog();
    private static final StudyStories STORIES = new StudyStories(LOG);
    private static SearchNode node;

    @BeforeAll
    static void start(RunningElasticsearch.Server elasticsearch, @TempDir Path folder) {
        node = new SearchNode(elasticsearch.uri(), LOG, folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static PatientRecordId patient(String id) {
        return STORIES.patient(id, SearchNode.ISSUER, described(id));
    }

    private static AttributeSet described(String id) {
        return person(id, id + "^Found").with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19500101"));
    }

    private static StudyCopyId study(String uid, Optional<PatientRecordId> patient, String id) {
        StudyCopyId study = STORIES.study(uid, patient, described(id));
        STORIES.series(study, uid + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        STORIES.instances(study, uid + ".1", 1, 1);
        return study;
    }

    /** Paged and walked to. */
    private static Set<PatientRecordId> found(QueryLevel level, MatchingKey... keys) {
        Set<PatientRecordId> paged = node.find(level, keys).patients();
        Set<PatientRecordId> walked = new HashSet<>();
        node.queries()
                .walk(
                        new ArchiveQuery(
                                level,
                                List.of(keys),
                                SearchNode.ISSUER,
                                false,
                                Set.of(),
                                false,
                                0,
                                100,
                                new LocalPosition(-1)),
                        new ArchiveQueries.MatchConsumer<RuntimeException>() {
                            @Override
                            public void concerns(Set<PatientRecordId> patients) {
                                walked.addAll(patients);
                            }

                            @Override
                            public boolean take(AttributeSet match) {
                                return true;
                            }
                        });
        assertThat(walked).isEqualTo(paged);
        return paged;
    }

    @Test
    void rowsOfAPerson_concernThatPersonAndNotTheOtherOfTheStudy() {
        PatientRecordId first = patient("FA");
        PatientRecordId second = patient("FB");
        StudyCopyId study = study("1.71", Optional.of(first), "FA");
        STORIES.ofOther(study, 1, second, "1.71.1", 2, described("FB"), 1);
        for (QueryLevel level : List.of(QueryLevel.PATIENT, QueryLevel.STUDY, QueryLevel.SERIES)) {
            assertThat(found(level, key(Tags.PATIENT_ID, Vr.LO, "FA"))).containsExactly(first);
            assertThat(found(level, key(Tags.PATIENT_ID, Vr.LO, "FB"))).containsExactly(second);
        }
    }

    @Test
    void rowsOfNobodyIdentified_concernNobody() {
        study("1.72", Optional.empty(), "FN");
        assertThat(node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.72"))
                        .matches())
                .hasSize(1);
        assertThat(found(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.72")))
                .isEmpty();
    }

    @Test
    void access_isFoundUnderEveryoneItWasAbout() {
        PatientRecordId first = patient("FC");
        PatientRecordId second = patient("FD");
        StudyCopyId study = study("1.73", Optional.of(first), "FC");
        access("read", NOON, Optional.of(study), Optional.of(first), List.of(first, second));
        access("query", NOON.plusSeconds(1), Optional.empty(), Optional.empty(), List.of(second));
        node.awaitIndex();

        assertThat(purposes(Set.of(first))).containsExactly("read");
        assertThat(purposes(Set.of(second))).containsExactly("query", "read");
        assertThat(purposes(Set.of(first, second))).containsExactly("query", "read");
    }

    @Test
    void accessThatHasNotEnded_isFoundUnderThePatientOfItsStudy() {
        PatientRecordId patient = patient("FE");
        began("goes on", NOON, Optional.of(study("1.74", Optional.of(patient), "FE")), Optional.of(patient));
        node.awaitIndex();

        assertThat(purposes(Set.of(patient))).containsExactly("goes on");
    }

    @Test
    void recordsOfAPatient_areAllThatAreMerged() {
        PatientRecordId one = patient("FF");
        PatientRecordId other = patient("FG");
        PatientRecordId survivor = patient("FH");
        for (PatientRecordId merged : List.of(one, other)) {
            STORIES.append(new PatientEvent.PatientMerged(merged, survivor, CT1, "one person", NOON));
        }
        node.awaitIndex();

        for (PatientRecordId asked : List.of(one, other, survivor)) {
            await().untilAsserted(() ->
                    assertThat(listings().mergedWith(Set.of(asked))).containsExactlyInAnyOrder(one, other, survivor));
        }
        PatientRecordId unknown = STORIES.names.patient(new PatientIdentifier("?", ""));
        assertThat(listings().mergedWith(Set.of(unknown))).containsExactly(unknown);
    }

    @Test
    void recordsOfAPatient_areThoseThatWereMergedBeforeItToo() {
        PatientRecordId first = patient("FI");
        PatientRecordId second = patient("FJ");
        PatientRecordId last = patient("FK");
        access("of the first", NOON, Optional.empty(), Optional.empty(), List.of(first));
        STORIES.append(new PatientEvent.PatientMerged(first, second, CT1, "one person", NOON));
        STORIES.append(new PatientEvent.PatientMerged(second, last, CT1, "one person", NOON));
        node.awaitIndex();

        for (PatientRecordId asked : List.of(first, second, last)) {
            await().untilAsserted(() ->
                    assertThat(listings().mergedWith(Set.of(asked))).containsExactlyInAnyOrder(first, second, last));
        }
        assertThat(purposes(listings().mergedWith(Set.of(last)))).containsExactly("of the first");

        STORIES.append(new PatientEvent.PatientUnmerged(second, last, CT1, "not the same", NOON));
        node.awaitIndex();
        await().untilAsserted(() ->
                assertThat(listings().mergedWith(Set.of(first))).containsExactlyInAnyOrder(first, second));
        assertThat(listings().mergedWith(Set.of(last))).containsExactly(last);
    }

    private static List<String> purposes(Set<PatientRecordId> records) {
        return listings().accesses(records, 0, 10).stream()
                .map(Listings.Access::purpose)
                .toList();
    }

    private static Listings listings() {
        return new Listings(node.cluster, node.projections);
    }

    private static AccessSessionId began(
            String purpose, Instant at, Optional<StudyCopyId> study, Optional<PatientRecordId> patient) {
        AccessSessionId session = STORIES.names.access(purpose);
        LOG.append(
                session.stream().value(),
                new AccessBegan(session, AccessKind.RETRIEVE, CT1, purpose, study, patient, "all", at));
        return session;
    }

    private static void access(
            String purpose,
            Instant at,
            Optional<StudyCopyId> study,
            Optional<PatientRecordId> patient,
            List<PatientRecordId> found) {
        AccessSessionId session = began(purpose, at, study, patient);
        LOG.append(
                session.stream().value(),
                new AccessEnded(session, AccessOutcome.COMPLETED, 1, 1, found, false, at.plusSeconds(60)));
    }
}

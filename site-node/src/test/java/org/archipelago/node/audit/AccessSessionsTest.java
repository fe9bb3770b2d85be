package org.archipelago.node.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessCommand.BeginAccess;
import org.archipelago.contract.access.AccessCommand.EndAccess;
import org.archipelago.contract.access.AccessCommand.WidenAccess;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.VersionId;
import org.junit.jupiter.api.Test;

class AccessSessionsTest {
    private static final Actor VIEWER = Actor.device("VIEWER", "127.0.0.1");
    private static final Optional<StudyInstanceUid> STUDY = Optional.of(new StudyInstanceUid("1.2.3"));

    private static final int MAX_OPEN_SESSIONS = 2;

    private final Recorded recorded = new Recorded();
    private List<PatientRecordId> present = List.of();
    private final SettableClock clock = new SettableClock();
    private final AccessSessions sessions = new AccessSessions(
            recorded,
            new StreamNames(new SiteId(new UUID(1, 1)), new byte[32]),
            _ -> present,
            Duration.ofMinutes(15),
            MAX_OPEN_SESSIONS,
            clock);

    @Test
    void firstRead_isRecordedBeforeItReturns() {
        read();

        assertThat(recorded.begun).hasSize(1);
        assertThat(recorded.begun.getFirst().who()).isEqualTo(VIEWER);
    }

    @Test
    void repeatedReads_foldIntoOneSessionWhoseEndHasAllCounts() {
        read();
        clock.advance(Duration.ofMinutes(10));
        read();
        clock.advance(Duration.ofMinutes(16));
        sessions.endIdle();

        assertThat(recorded.begun).hasSize(1);
        assertThat(recorded.ended).hasSize(1);
        assertThat(recorded.ended.getFirst().objects()).isEqualTo(2);
        assertThat(recorded.ended.getFirst().bytes()).isEqualTo(200);
        assertThat(recorded.ended.getFirst().outcome()).isEqualTo(AccessOutcome.COMPLETED);
    }

    @Test
    void queriesWithinOneStudy_areEachOnRecordWithTheirKeys() {
        for (String keys : List.of("SERIES Modality=CT", "SERIES Modality=MR")) {
            sessions.begin(AccessKind.QUERY, VIEWER, "query", STUDY, keys).close();
        }

        assertThat(recorded.begun)
                .extracting(BeginAccess::what)
                .containsExactly("SERIES Modality=CT", "SERIES Modality=MR");
        assertThat(recorded.ended).hasSize(2);
    }

    @Test
    void readsOfAVersionThatIsNamed_foldIntoThoseOfThatVersionAlone() {
        read();
        for (String version : List.of("aa".repeat(32), "aa".repeat(32))) {
            sessions.begin(
                            AccessKind.RETRIEVE,
                            VIEWER,
                            "view",
                            STUDY,
                            Optional.of(new VersionId(version)),
                            "version " + version)
                    .close();
        }
        read();

        assertThat(recorded.begun).extracting(BeginAccess::what).containsExactly("study", "version " + "aa".repeat(32));
    }

    @Test
    void repeatedReads_nameEachPatientOnceInTheirEnd() {
        for (List<PatientRecordId> found : List.of(List.of(patient(1)), List.of(patient(2), patient(1)))) {
            try (AccessRecorder.Access access = sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study")) {
                access.found(found);
            }
        }
        sessions.close();

        assertThat(recorded.ended).singleElement().satisfies(ended -> {
            assertThat(ended.patients()).containsExactly(patient(1), patient(2));
            assertThat(ended.morePatients()).isFalse();
        });
    }

    @Test
    void patientsWhomTheBeginningDoesNotName_areOnRecordBeforeTheirObjectsLeave() {
        present = List.of(patient(1), patient(2));
        List<PatientRecordId> many = new ArrayList<>();
        for (int i = 3; i < 3 + AccessBegan.MAX_FURTHER + 1; i++) {
            many.add(patient(i));
        }
        for (List<PatientRecordId> found : List.of(present, List.of(patient(2), patient(3)), many)) {
            try (AccessRecorder.Access access = sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study")) {
                access.found(found);
                assertThat(recorded.named()).containsAll(found);
            }
        }

        assertThat(recorded.begun).hasSize(1);
        assertThat(recorded.widened)
                .extracting(WidenAccess::patients)
                .containsExactly(List.of(patient(3)), many.subList(1, many.size()));
    }

    @Test
    void patientsWhoCannotBeNamed_areNotFound() {
        try (AccessRecorder.Access access = sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study")) {
            recorded.refusal = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");
            assertThatThrownBy(() -> access.found(List.of(patient(1)))).isEqualTo(recorded.refusal);
        }
    }

    @Test
    void query_namesItsPatientsInItsEndAlone() {
        try (AccessRecorder.Access access =
                sessions.begin(AccessKind.QUERY, VIEWER, "query", Optional.empty(), "all")) {
            access.found(List.of(patient(1)));
        }

        assertThat(recorded.widened).isEmpty();
        assertThat(recorded.ended).extracting(EndAccess::patients).containsExactly(List.of(patient(1)));
    }

    @Test
    void morePatientsThanAnEndHolds_areSaidToBeMore() {
        for (int last : List.of(AccessEnded.MAX_PATIENTS, AccessEnded.MAX_PATIENTS + 1)) {
            try (AccessRecorder.Access access =
                    sessions.begin(AccessKind.QUERY, VIEWER, "query", Optional.empty(), "all")) {
                for (int i = 1; i <= last; i++) {
                    access.found(List.of(patient(i)));
                    access.found(List.of(patient(1)));
                }
            }
        }

        assertThat(recorded.ended)
                .allSatisfy(ended -> assertThat(ended.patients()).hasSize(AccessEnded.MAX_PATIENTS))
                .extracting(EndAccess::morePatients)
                .containsExactly(false, true);
    }

    private static PatientRecordId patient(int number) {
        return new PatientRecordId(new StreamId(new UUID(1, 1) + "/patient/" + number));
    }

    @Test
    void readAfterThePause_beginsAnotherSession() {
        read();
        clock.advance(Duration.ofMinutes(16));
        read();

        assertThat(recorded.begun).hasSize(2);
        assertThat(recorded.ended).hasSize(1);
    }

    @Test
    void readBegunAfterTheClose_endsWithItsOwnClose() {
        sessions.close();
        read();

        assertThat(recorded.begun).hasSize(1);
        assertThat(recorded.ended).hasSize(1);
        assertThat(recorded.ended.getFirst().objects()).isEqualTo(1);
    }

    @Test
    void readerWhoWaitedForABeginningThatFailed_beginsASessionThatEnds() throws InterruptedException {
        recorded.failFirst = true;
        Thread first =
                Thread.ofPlatform().start(() -> assertThatThrownBy(this::read).isInstanceOf(ArchiveException.class));
        recorded.firstBegins.await();
        Thread waiter = Thread.ofPlatform().start(this::read);
        await().until(() -> waiter.getState() == Thread.State.BLOCKED);
        recorded.firstFails.countDown();
        first.join();
        waiter.join();
        sessions.close();

        assertThat(recorded.begun).hasSize(1);
        assertThat(recorded.ended)
                .extracting(EndAccess::session)
                .containsExactly(recorded.begun.getFirst().session());
    }

    @Test
    void refusalWithinASession_doesNotHideWhatWasSeen() {
        read();
        try (AccessRecorder.Access access = sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study")) {
            access.outcome(AccessOutcome.REFUSED);
        }
        sessions.close();

        assertThat(recorded.ended).hasSize(1);
        assertThat(recorded.ended.getFirst().outcome()).isEqualTo(AccessOutcome.PARTIAL);
    }

    @Test
    void moreSessionsThanMayBeOpen_endTheOneThatWasIdleLongest() {
        List.of("first", "second", "third")
                .forEach(purpose -> sessions.begin(AccessKind.RETRIEVE, VIEWER, purpose, STUDY, "study")
                        .close());

        assertThat(recorded.begun).hasSize(3);
        assertThat(recorded.ended)
                .extracting(EndAccess::session)
                .containsExactly(recorded.begun.getFirst().session());
    }

    @Test
    void otherPurpose_isAnotherSession() {
        read();
        sessions.begin(AccessKind.EXPORT, VIEWER, "export", STUDY, "study").close();

        assertThat(recorded.begun).hasSize(2);
    }

    @Test
    void query_beginsAndEndsByItself() {
        try (AccessRecorder.Access access =
                sessions.begin(AccessKind.QUERY, VIEWER, "query", Optional.empty(), "PatientName=D*")) {
            access.count(3, 0);
            access.outcome(AccessOutcome.COMPLETED);
        }

        assertThat(recorded.ended).hasSize(1);
        assertThat(recorded.ended.getFirst().objects()).isEqualTo(3);
    }

    @Test
    void readWithoutAnOutcome_countsAsFailed() {
        sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study").close();
        sessions.close();

        assertThat(recorded.ended.getFirst().outcome()).isEqualTo(AccessOutcome.FAILED);
    }

    @Test
    void accessThatCannotBeRecorded_isRefusedAndTheNextTriesAgain() {
        recorded.refusal = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");
        assertThatThrownBy(this::read).isInstanceOf(ArchiveException.class);
        recorded.refusal = null;

        read();

        assertThat(recorded.begun).hasSize(1);
    }

    @Test
    void sessionInUse_endsOnlyAfterItsLastRead() {
        AccessRecorder.Access running = sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study");
        sessions.close();
        assertThat(recorded.ended).isEmpty();

        running.outcome(AccessOutcome.COMPLETED);
        running.close();

        assertThat(recorded.ended).hasSize(1);
    }

    /** A crash before the end leaves no other record of them. */
    @Test
    void accessToAStudyOfTwo_isBegunUnderBoth() {
        StreamNames names = new StreamNames(new SiteId(new UUID(1, 1)), new byte[32]);
        PatientRecordId one = names.patient(new PatientIdentifier("17", "NORTH"));
        PatientRecordId other = names.patient(new PatientIdentifier("18", "NORTH"));
        try (AccessSessions ofTwo = new AccessSessions(
                recorded, names, _ -> List.of(one, other), Duration.ofMinutes(15), MAX_OPEN_SESSIONS, clock)) {
            ofTwo.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study").close();
        }

        assertThat(recorded.begun.getFirst().patient()).contains(one);
        assertThat(recorded.begun.getFirst().further()).containsExactly(other);
    }

    @Test
    void accessToAStudyThatCannotBeRead_isOnRecordWithoutItsPatient() {
        for (ArchiveError error : List.of(ArchiveError.CORRUPT, ArchiveError.NEWER_PROGRAM)) {
            try (AccessSessions damaged = new AccessSessions(
                    recorded,
                    new StreamNames(new SiteId(new UUID(1, 1)), new byte[32]),
                    _ -> {
                        throw new ArchiveException(error, "record");
                    },
                    Duration.ofMinutes(15),
                    MAX_OPEN_SESSIONS,
                    clock)) {
                damaged.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study")
                        .close();
            }
        }

        assertThat(recorded.begun).hasSize(2).allSatisfy(begun -> {
            assertThat(begun.study()).isPresent();
            assertThat(begun.patient()).isEmpty();
        });
        assertThat(recorded.ended)
                .hasSize(2)
                .allSatisfy(ended -> assertThat(ended.outcome()).isEqualTo(AccessOutcome.FAILED));
    }

    private void read() {
        try (AccessRecorder.Access access = sessions.begin(AccessKind.RETRIEVE, VIEWER, "view", STUDY, "study")) {
            access.count(1, 100);
            access.outcome(AccessOutcome.COMPLETED);
        }
    }

    /** As of a study of many thousand instances, whose patients are read first. */
    @Test
    void slowBeginning_holdsUpNoOtherStudy() throws InterruptedException {
        recorded.failFirst = true;
        Thread slow =
                Thread.ofVirtual().start(() -> assertThatThrownBy(this::read).isInstanceOf(ArchiveException.class));
        recorded.firstBegins.await();
        Thread same = Thread.ofVirtual().start(this::read);
        await().until(() -> same.getState() == Thread.State.BLOCKED);
        Thread other = Thread.ofVirtual()
                .start(() -> sessions.begin(
                                AccessKind.RETRIEVE,
                                VIEWER,
                                "view",
                                Optional.of(new StudyInstanceUid("1.2.4")),
                                "study")
                        .close());
        Thread idle = Thread.ofVirtual().start(sessions::endIdle);
        assertThat(other.join(Duration.ofSeconds(10))).isTrue();
        assertThat(idle.join(Duration.ofSeconds(10))).isTrue();
        recorded.firstFails.countDown();
        slow.join();
        same.join();
    }

    private static final class Recorded implements AccessSessions.AccessCommands {
        final List<BeginAccess> begun = new ArrayList<>();
        final List<WidenAccess> widened = new ArrayList<>();
        final List<EndAccess> ended = new ArrayList<>();
        final CountDownLatch firstBegins = new CountDownLatch(1);
        final CountDownLatch firstFails = new CountDownLatch(1);
        ArchiveException refusal;
        boolean failFirst;

        Set<PatientRecordId> named() {
            Set<PatientRecordId> named = new HashSet<>();
            begun.forEach(one -> {
                one.patient().ifPresent(named::add);
                named.addAll(one.further());
            });
            widened.forEach(one -> named.addAll(one.patients()));
            return named;
        }

        @Override
        public void begin(BeginAccess command) {
            if (failFirst) {
                failFirst = false;
                firstBegins.countDown();
                assertThatCode(firstFails::await).doesNotThrowAnyException();
                throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");
            }
            if (refusal != null) {
                throw refusal;
            }
            begun.add(command);
        }

        @Override
        public void widen(WidenAccess command) {
            if (refusal != null) {
                throw refusal;
            }
            widened.add(command);
        }

        @Override
        public void end(EndAccess command) {
            ended.add(command);
        }
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void advance(Duration by) {
            now = now.plus(by);
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}

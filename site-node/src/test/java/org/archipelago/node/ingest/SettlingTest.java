package org.archipelago.node.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.StudyCopyId;
import org.junit.jupiter.api.Test;

class SettlingTest {
    private final StudyCopyId study = study("1.2");
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final Clock clock = new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return InstantSource.system().withZone(zone);
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    };
    private final List<StudyCopyId> settled = Collections.synchronizedList(new ArrayList<>());
    private RuntimeException failure;
    private int attempts;
    private final Settling settling = new Settling(
            id -> {
                attempts++;
                if (failure != null) {
                    throw failure;
                }
                settled.add(id);
            },
            clock);

    @Test
    void quietStudy_settlesOnce() {
        settling.arrived(study, Duration.ofMinutes(5));
        after(Duration.ofMinutes(5));
        after(Duration.ofMinutes(6));

        assertThat(settled).containsExactly(study);
    }

    @Test
    void laterArrival_startsTheQuietTimeAgain() {
        settling.arrived(study, Duration.ofMinutes(5));
        now.set(Instant.EPOCH.plus(Duration.ofMinutes(4)));
        settling.arrived(study, Duration.ofMinutes(5));
        after(Duration.ofMinutes(6));

        assertThat(settled).isEmpty();
        after(Duration.ofMinutes(9));
        assertThat(settled).hasSize(1);
    }

    @Test
    void failedSettling_isTriedAgain() {
        settling.arrived(study, Duration.ofMinutes(5));
        failure = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");
        after(Duration.ofMinutes(6));
        failure = null;
        after(Duration.ofMinutes(7));

        assertThat(settled).containsExactly(study);
    }

    @Test
    void studyThatIsRefusedForGood_isNotTriedAgain() {
        for (ArchiveError error : List.of(ArchiveError.CORRUPT, ArchiveError.ERASED)) {
            settling.arrived(study, Duration.ofMinutes(5));
            failure = new ArchiveException(error, "study");
            attempts = 0;
            after(Duration.ofMinutes(6));
            after(Duration.ofMinutes(7));

            assertThat(attempts).isEqualTo(1);
            assertThat(settling.waiting()).isZero();
            now.set(Instant.EPOCH);
        }
    }

    @Test
    void whatFailsForAnotherReason_isTriedAgain() {
        settling.arrived(study, Duration.ofMinutes(5));
        failure = new IllegalStateException("a bug");
        after(Duration.ofMinutes(6));
        failure = null;
        after(Duration.ofMinutes(7));

        assertThat(settled).containsExactly(study);
    }

    /** As after a restart: whoever calls has the rest of the housekeeping to do. */
    @Test
    void manyStudiesAtOnce_settleInSeveralCalls_theOldestFirst() {
        int many = 2 * Settling.AT_ONCE + 1;
        for (int i = 0; i < many; i++) {
            settling.arrived(study("1.2." + i), Duration.ofMinutes(5).minusSeconds(i));
        }
        after(Duration.ofMinutes(6));
        assertThat(settled).hasSize(Settling.AT_ONCE).contains(study("1.2." + (many - 1)));
        after(Duration.ofMinutes(6));
        after(Duration.ofMinutes(6));
        assertThat(settled).hasSize(many).doesNotHaveDuplicates();
    }

    /** Those that cannot be settled now keep no other waiting. */
    @Test
    void manyThatFail_areBehindTheOthers() {
        for (int i = 0; i < Settling.AT_ONCE; i++) {
            settling.arrived(study("1.2." + i), Duration.ofMinutes(5));
        }
        failure = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");
        after(Duration.ofMinutes(6));
        failure = null;
        settling.arrived(study, Duration.ZERO);
        after(Duration.ofMinutes(6));
        assertThat(settled).containsExactly(study);
    }

    private static StudyCopyId study(String uid) {
        return new StreamNames(new SiteId(new UUID(1, 1)), new byte[32]).study(new StudyInstanceUid(uid));
    }

    private void after(Duration sinceStart) {
        now.set(Instant.EPOCH.plus(sinceStart));
        settling.settleDue();
    }
}

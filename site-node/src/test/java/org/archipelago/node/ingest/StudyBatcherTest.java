package org.archipelago.node.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.junit.jupiter.api.Test;

class StudyBatcherTest {
    private static final Runnable DURABLE = () -> {};

    private final StreamNames names = new StreamNames(new SiteId(new UUID(1, 2)), new byte[32]);
    private final StudyInstanceUid study = new StudyInstanceUid("1.2.3");
    private final StudyCopyId copy = names.study(study);
    private final RecordingCommands commands = new RecordingCommands();
    private final StudyBatcher batcher = new StudyBatcher(commands, names, 100);

    @Test
    void idleStudy_sendsAtOnce() {
        assertThat(batcher.store(batch("CT1"), instance(1), DURABLE)).isEqualTo(StoreOutcome.STORED);
        assertThat(commands.sizes).containsExactly(1);
    }

    @Test
    void arrivalsDuringACommit_shareTheNextCommand() throws Exception {
        commands.hold = new CountDownLatch(1);
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<StoreOutcome>> answers = new ArrayList<>();
            answers.add(senders.submit(() -> batcher.store(batch("CT1"), instance(0), DURABLE)));
            assertThat(commands.entered.await(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 1; i <= 20; i++) {
                int number = i;
                answers.add(senders.submit(() -> batcher.store(batch("CT1"), instance(number), DURABLE)));
            }
            org.awaitility.Awaitility.await().until(() -> batcher.waiting(copy) == 20);
            commands.hold.countDown();
            for (Future<StoreOutcome> answer : answers) {
                assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(StoreOutcome.STORED);
            }
        }
        assertThat(commands.sizes).containsExactly(1, 20);
    }

    @Test
    void differentSources_doNotShareACommand() throws Exception {
        commands.hold = new CountDownLatch(1);
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = senders.submit(() -> batcher.store(batch("CT1"), instance(0), DURABLE));
            assertThat(commands.entered.await(10, TimeUnit.SECONDS)).isTrue();
            Future<?> second = senders.submit(() -> batcher.store(batch("CT1"), instance(1), DURABLE));
            org.awaitility.Awaitility.await().until(() -> batcher.waiting(copy) == 1);
            Future<?> third = senders.submit(() -> batcher.store(batch("ROUTER"), instance(2), DURABLE));
            org.awaitility.Awaitility.await().until(() -> batcher.waiting(copy) == 2);
            commands.hold.countDown();
            first.get(10, TimeUnit.SECONDS);
            second.get(10, TimeUnit.SECONDS);
            third.get(10, TimeUnit.SECONDS);
        }
        assertThat(commands.sizes).containsExactly(1, 1, 1);
    }

    @Test
    void uidHeldByAnotherStudy_isSentAgainWithThatKnowledgeAndTheOtherIsFlagged() {
        StudyCopyId other = names.study(new StudyInstanceUid("9.9"));
        commands.heldElsewhere = Map.of("1.2.3.7", other);

        batcher.store(batch("CT1"), instance(7), DURABLE);

        assertThat(commands.flagged).containsExactly(other);
    }

    @Test
    void uidHeldByAnotherStudy_isFlaggedThereBeforeAnythingIsRecordedHere() {
        StudyCopyId other = names.study(new StudyInstanceUid("9.9"));
        commands.heldElsewhere = Map.of("1.2.3.7", other);
        commands.flagRefusal = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");

        assertThatThrownBy(() -> batcher.store(batch("CT1"), instance(7), DURABLE))
                .isInstanceOf(ArchiveException.class);

        assertThat(commands.sizes).isEmpty();
    }

    @Test
    void otherStudyThatTakesNoFlag_doesNotKeepAnInstanceOut() {
        StudyCopyId other = names.study(new StudyInstanceUid("9.9"));
        commands.heldElsewhere = Map.of("1.2.3.7", other);
        commands.flagRefusal = new ArchiveException(ArchiveError.ERASED, "study");

        assertThat(batcher.store(batch("CT1"), instance(7), DURABLE)).isEqualTo(StoreOutcome.STORED);

        assertThat(commands.sizes).containsExactly(1);
    }

    @Test
    void alternatingSources_shareTheirOwnCommands() throws Exception {
        commands.hold = new CountDownLatch(1);
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<StoreOutcome>> answers = new ArrayList<>();
            answers.add(senders.submit(() -> batcher.store(batch("CT1"), instance(0), DURABLE)));
            assertThat(commands.entered.await(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 1; i <= 6; i++) {
                int number = i;
                String source = i % 2 == 0 ? "CT1" : "ROUTER";
                answers.add(senders.submit(() -> batcher.store(batch(source), instance(number), DURABLE)));
                org.awaitility.Awaitility.await().until(() -> batcher.waiting(copy) == number);
            }
            commands.hold.countDown();
            for (Future<StoreOutcome> answer : answers) {
                answer.get(10, TimeUnit.SECONDS);
            }
        }
        assertThat(commands.sizes).containsExactly(1, 3, 3);
    }

    @Test
    void unavailableLog_failsEverySender() {
        commands.refusal = new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "log");

        assertThatThrownBy(() -> batcher.store(batch("CT1"), instance(1), DURABLE))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE));
    }

    @Test
    void finishedStudy_leavesNothingBehind() {
        batcher.store(batch("CT1"), instance(1), DURABLE);

        assertThat(batcher.lanes()).isZero();
    }

    private StudyBatcher.Batch batch(String source) {
        return new StudyBatcher.Batch(
                copy,
                study,
                java.util.Optional.empty(),
                new KeyId(new Digest(0, 0, 0, 0)),
                Actor.device(source, "local"));
    }

    private static IncomingInstance instance(int number) {
        StoredObject object = new StoredObject(
                new SopInstanceUid("1.2.3." + number),
                new SopClassUid("1.2.840.10008.5.1.4.1.1.2"),
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                new Digest(0, 0, 0, number),
                10,
                new BlobRef(new BlobId(new Digest(1, 0, 0, number)), new byte[40]));
        return new IncomingInstance(new SeriesInstanceUid("1.2.3.4"), object, AttributeSet.EMPTY);
    }

    private final class RecordingCommands implements StudyCommands {
        final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
        final List<StudyCopyId> flagged = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch entered = new CountDownLatch(1);
        volatile CountDownLatch hold = new CountDownLatch(0);
        volatile Map<String, StudyCopyId> heldElsewhere = Map.of();
        volatile ArchiveException refusal;
        volatile ArchiveException flagRefusal;

        @Override
        public List<StoreOutcome> store(StoreInstances command, Runnable durable) {
            durable.run();
            entered.countDown();
            try {
                hold.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (refusal != null) {
                throw refusal;
            }
            for (IncomingInstance instance : command.instances()) {
                SopInstanceUid uid = instance.object().sopInstanceUid();
                StudyCopyId other = heldElsewhere.get(uid.value());
                if (other != null && !command.heldElsewhere().containsKey(uid)) {
                    throw new ClaimHeldElsewhereException(Map.of(names.claim("sop", uid.value()), other.stream()));
                }
            }
            sizes.add(command.instances().size());
            return command.instances().stream().map(i -> StoreOutcome.STORED).toList();
        }

        @Override
        public void flag(FlagInstanceElsewhere command) {
            if (flagRefusal != null) {
                throw flagRefusal;
            }
            flagged.add(command.study());
        }
    }
}

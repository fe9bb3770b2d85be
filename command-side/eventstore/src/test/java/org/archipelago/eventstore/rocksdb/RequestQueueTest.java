package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.eventstore.Records;
import org.junit.jupiter.api.Test;

class RequestQueueTest {
    private static final byte[] QUARTER_OF_THE_BOUND = new byte[32 << 20];
    private static final int MAX_WAITING = 16_384;

    private final RequestQueue queue = new RequestQueue();

    private static WriteRequest.Snapshot request(byte[] bytes) {
        return new WriteRequest.Snapshot(Records.stream("a"), bytes, new CompletableFuture<>());
    }

    private void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> queue.offer(request(bytes)))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.OVERLOADED));
    }

    @Test
    void bytesBeyondTheBound_areRefusedUntilSomeAreTaken() {
        for (int i = 0; i < 4; i++) {
            queue.offer(request(QUARTER_OF_THE_BOUND));
        }
        assertRefused(new byte[1]);
        assertRefused(new byte[1]);
        assertThat(queue.take()).hasSize(1);
        queue.offer(request(QUARTER_OF_THE_BOUND));
        assertRefused(new byte[1]);
    }

    @Test
    void requestsBeyondTheBound_areRefused() {
        for (int i = 0; i < MAX_WAITING; i++) {
            queue.offer(request(new byte[0]));
        }
        assertRefused(new byte[0]);
    }

    @Test
    void whoeverWaitsWhenAllFail_isAnsweredAndLeavesRoom() {
        List<WriteRequest.Snapshot> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(request(QUARTER_OF_THE_BOUND));
            queue.offer(waiting.getLast());
        }
        queue.failAll(new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "test"));
        assertThat(waiting).allMatch(request -> request.result().isCompletedExceptionally());
        queue.offer(request(QUARTER_OF_THE_BOUND));
        assertThat(queue.take()).hasSize(1);
    }
}

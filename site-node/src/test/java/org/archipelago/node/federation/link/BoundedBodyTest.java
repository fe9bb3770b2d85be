package org.archipelago.node.federation.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.archipelago.contract.ArchiveException;
import org.junit.jupiter.api.Test;

class BoundedBodyTest {
    private final AtomicBoolean tooLong = new AtomicBoolean();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final BodySubscriber<byte[]> body = new BoundedBody(3, tooLong);

    private void subscribe() {
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {
                cancelled.set(true);
            }
        });
    }

    private void next(int... lengths) {
        for (int length : lengths) {
            body.onNext(List.of(ByteBuffer.allocate(length)));
        }
    }

    @Test
    void bodyOfTheMost_isTaken() {
        subscribe();
        next(1, 2, 0);
        body.onComplete();
        assertThat(body.getBody().toCompletableFuture().join()).hasSize(3);
        assertThat(cancelled).isFalse();
        assertThat(tooLong).isFalse();
    }

    @Test
    void bodyBeyondTheMost_isCutOff() {
        subscribe();
        next(2, 2, 1 << 20);
        body.onComplete();
        assertThatThrownBy(() -> body.getBody()
                        .toCompletableFuture()
                        .orTimeout(5, TimeUnit.SECONDS)
                        .join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ArchiveException.class);
        assertThat(cancelled).isTrue();
        assertThat(tooLong).isTrue();
    }
}

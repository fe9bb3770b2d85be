package org.archipelago.node.federation.link;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;

/** A body in memory that fails as PEER_MISBEHAVED as soon as it is longer than it may be. */
final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final HttpResponse.BodySubscriber<byte[]> whole = HttpResponse.BodySubscribers.ofByteArray();
    private final int maxBytes;
    private final AtomicBoolean tooLong;
    private int bytes;
    private Flow.@Nullable Subscription subscription;

    BoundedBody(int maxBytes, AtomicBoolean tooLong) {
        this.maxBytes = maxBytes;
        this.tooLong = tooLong;
    }

    /** @param tooLong set once it is; the call may then fail as one that was cut off does */
    static HttpResponse.BodyHandler<byte[]> ofAtMost(int maxBytes, AtomicBoolean tooLong) {
        return _ -> new BoundedBody(maxBytes, tooLong);
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return whole.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        whole.onSubscribe(given);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        if (bytes > maxBytes) {
            return;
        }
        for (ByteBuffer buffer : buffers) {
            bytes += Math.min(buffer.remaining(), maxBytes + 1);
            if (bytes > maxBytes) {
                tooLong.set(true);
                whole.onError(new ArchiveException(ArchiveError.PEER_MISBEHAVED, "answer that is too long"));
                if (subscription != null) {
                    subscription.cancel();
                }
                return;
            }
        }
        whole.onNext(buffers);
    }

    @Override
    public void onError(Throwable failure) {
        whole.onError(failure);
    }

    @Override
    public void onComplete() {
        if (bytes <= maxBytes) {
            whole.onComplete();
        }
    }
}

package org.archipelago.node.federation.link;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;

/** A body in memory that fails as PEER_MISBEHAVED as soon as it is longer than it may be. */
final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final HttpResponse.BodySubscriber<byte[]> whole = HttpResponse.BodySubscribers.ofByteArray();
    private final int maxBytes;
    private int bytes;
    private Flow.@Nullable Subscription subscription;

    BoundedBody(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    static HttpResponse.BodyHandler<byte[]> ofAtMost(int maxBytes) {
        return _ -> new BoundedBody(maxBytes);
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
                // First why: a stream that is cancelled fails as a broken connection does.
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

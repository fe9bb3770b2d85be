package org.archipelago.node.federation.link;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLParameters;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.identity.TlsIdentity;
import org.archipelago.federation.link.BlobLink;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.LinkCodec;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.member.PeerAddress;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/** One peer over HTTP/2, by the one certificate that its descriptor names. */
public final class HttpPeerLink implements PeerLink, BlobLink {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** For the way, and for all of an answer of some KiB. */
    private static final Duration ANSWER = Duration.ofSeconds(10);
    /** For a whole batch on a slow line, beyond what the peer was asked to wait. */
    private static final Duration BATCH = Duration.ofSeconds(60);

    /** For 1 MiB on a slow line that others use, too. */
    private static final Duration BLOB_PART = Duration.ofSeconds(30);

    /** As a clock, until the year 33658. */
    private static final int MAX_DIGITS = 15;

    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERRORS = 500;

    private final SiteId peer;
    private final URI base;
    private final PeerTimes times;
    private final Clock clock;
    private final HttpClient client;
    private volatile long unsignedRecords;

    /**
     * Connects when it is first asked.
     *
     * @param pin SHA-256 of the peer's certificate
     * @param times told what the peer's clock is, whenever {@link #heads} are asked for
     */
    public HttpPeerLink(SiteId peer, PeerAddress address, Digest pin, TlsIdentity own, PeerTimes times, Clock clock) {
        this.peer = peer;
        this.times = times;
        this.clock = clock;
        this.base = URI.create("https://" + address);
        SSLParameters tls = new SSLParameters();
        tls.setProtocols(new String[] {PinnedTls.PROTOCOL});
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_2)
                .sslContext(PinnedTls.context(own, pin::equals, clock))
                .sslParameters(tls)
                .proxy(HttpClient.Builder.NO_PROXY)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .build();
    }

    @Override
    public SiteId peer() {
        return peer;
    }

    @Override
    public List<OriginHead> heads() {
        Instant asked = clock.instant();
        long start = System.nanoTime();
        HttpResponse<byte[]> answer = answer(PeerCalls.HEADS, LinkCodec.MAX_HEADS_ENCODED_BYTES, ANSWER);
        Duration roundTrip = Duration.ofNanos(System.nanoTime() - start);
        List<OriginHead> heads = LinkCodec.heads(whole(body(answer)));
        unsignedRecords = number(answer, PeerServlet.UNSIGNED).orElse(0);
        number(answer, PeerServlet.CLOCK)
                .ifPresent(theirs -> times.told(
                        peer,
                        Duration.between(asked.plus(roundTrip.dividedBy(2)), Instant.ofEpochMilli(theirs)),
                        roundTrip));
        return heads;
    }

    @Override
    public long unsignedRecords() {
        return unsignedRecords;
    }

    /** Empty where it does not tell, or what is no number of at most {@value #MAX_DIGITS} digits. */
    private static OptionalLong number(HttpResponse<?> answer, String header) {
        return answer.headers()
                .firstValue(header)
                .filter(text -> !text.isEmpty()
                        && text.length() <= MAX_DIGITS
                        && text.chars().allMatch(c -> c >= '0' && c <= '9'))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElse(OptionalLong.empty());
    }

    @Override
    public Optional<SignedNote> checkpoint(SiteId origin) {
        Optional<byte[]> note = ask(PeerCalls.CHECKPOINT + "?origin=" + origin, LinkBounds.MAX_NOTE_BYTES, ANSWER);
        try {
            return note.map(SignedNote::parse);
        } catch (ArchiveException e) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "checkpoint", e);
        }
    }

    @Override
    public RecordBatch records(SiteId origin, OriginPosition from, int maxBytes, Duration wait) {
        String question = PeerCalls.RECORDS + "?origin=" + origin + "&from=" + from + "&max=" + maxBytes + "&wait="
                + wait.toMillis();
        byte[] compressed = whole(ask(question, BatchCompression.MAX_COMPRESSED_BYTES, wait.plus(BATCH)));
        RecordBatch batch = LinkCodec.batch(BatchCompression.decompress(compressed));
        if (!batch.from().equals(from)) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "records from another position");
        }
        return batch;
    }

    @Override
    public ConsistencyProof consistency(SiteId origin, long first, long second) {
        String question = PeerCalls.CONSISTENCY + "?origin=" + origin + "&first=" + first + "&second=" + second;
        ConsistencyProof proof = LinkCodec.consistency(whole(ask(question, LinkCodec.MAX_PROOF_ENCODED_BYTES, ANSWER)));
        if (proof.first() != first || proof.second() != second) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "proof of other sizes");
        }
        return proof;
    }

    @Override
    public HandedKeys keys(Optional<StreamId> study) {
        String question = PeerCalls.KEYS
                + study.map(stream -> "?study=" + URLEncoder.encode(stream.value(), StandardCharsets.US_ASCII))
                        .orElse("");
        return LinkCodec.keys(whole(ask(question, LinkCodec.MAX_KEYS_ENCODED_BYTES, ANSWER)));
    }

    @Override
    public ReturnedKeys returned(OriginPosition from, OriginPosition through) {
        String question = PeerCalls.RETURNED + "?from=" + from + "&through=" + through;
        return LinkCodec.returned(whole(ask(question, LinkCodec.MAX_RETURNED_ENCODED_BYTES, ANSWER)));
    }

    @Override
    public BlobPart blob(SiteId origin, BlobId blob, long from, int maxBytes) {
        String question = PeerCalls.BLOBS + blob + "?origin=" + origin + "&from=" + from + "&max=" + maxBytes;
        return BlobPart.parse(whole(ask(question, Long.BYTES + maxBytes, BLOB_PART)), from, maxBytes);
    }

    private static byte[] whole(Optional<byte[]> body) {
        return body.orElseThrow(() -> new ArchiveException(ArchiveError.PEER_MISBEHAVED, "answer without a body"));
    }

    private Optional<byte[]> ask(String question, int maxBytes, Duration limit) {
        return body(answer(question, maxBytes, limit));
    }

    private HttpResponse<byte[]> answer(String question, int maxBytes, Duration limit) {
        HttpRequest request =
                HttpRequest.newBuilder(base.resolve(question)).timeout(limit).build();
        AtomicBoolean tooLong = new AtomicBoolean();
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request, BoundedBody.ofAtMost(maxBytes, tooLong));
        try {
            return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw unavailable(e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw unavailable(e);
        } catch (ExecutionException e) {
            throw tooLong.get()
                    ? new ArchiveException(ArchiveError.PEER_MISBEHAVED, "answer that is too long", e)
                    : refusal(e);
        }
    }

    private Optional<byte[]> body(HttpResponse<byte[]> answer) {
        if (answer.version() != HttpClient.Version.HTTP_2) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "answer without HTTP/2");
        }
        int status = answer.statusCode();
        if (status >= SERVER_ERRORS) {
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, peer + ", which answers " + status);
        }
        return switch (status) {
            case OK -> Optional.of(answer.body());
            case NO_CONTENT -> Optional.empty();
            case FORBIDDEN -> throw new ArchiveException(ArchiveError.NOT_AUTHORIZED, "this site at peer " + peer);
            case NOT_FOUND -> throw notFound(answer.body());
            default -> throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "status " + status);
        };
    }

    /** A node that stops answers so, too, once nobody is there behind its listener: it says nothing of an origin then. */
    private ArchiveException notFound(byte[] said) {
        boolean meant = new String(said, StandardCharsets.US_ASCII).equals(ArchiveError.NOT_FOUND.name());
        return new ArchiveException(
                meant ? ArchiveError.NOT_FOUND : ArchiveError.PEER_UNAVAILABLE,
                (meant ? "what was asked of peer " : "peer that stops, ") + peer);
    }

    private ArchiveException refusal(ExecutionException failure) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ArchiveException known) {
                return known;
            }
            if (cause instanceof PinnedTls.WrongCertificateException) {
                return new ArchiveException(
                        ArchiveError.PEER_MISBEHAVED, "certificate of another than " + peer, failure);
            }
        }
        return unavailable(failure.getCause() instanceof IOException io ? io : failure);
    }

    private ArchiveException unavailable(Exception cause) {
        return new ArchiveException(ArchiveError.PEER_UNAVAILABLE, peer.toString(), cause);
    }

    /** Calls that are under way end. */
    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}

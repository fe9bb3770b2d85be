package org.archipelago.node.federation.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.identity.TlsIdentity;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.member.PeerAddress;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real connections on loopback, each way that they can be right or wrong. */
class PeerConnectionTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final Duration NO_WAIT = Duration.ZERO;
    private static final Duration WAIT = Duration.ofSeconds(15);

    private static final Duration AHEAD = Duration.ofSeconds(90);

    private final Clock clock = Clock.systemUTC();
    private final List<Duration> heard = new CopyOnWriteArrayList<>();
    private final TlsIdentity north = identity(NORTH);
    private final TlsIdentity harbor = identity(HARBOR);
    private final FakeService service = new FakeService(NORTH);
    private final Map<Digest, SiteId> members = new ConcurrentHashMap<>();

    private PeerServer server;
    private HttpPeerLink link;

    private static TlsIdentity identity(SiteId site) {
        Instant now = Instant.now();
        return TlsIdentity.make(site, now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(1)), new SecureRandom());
    }

    @BeforeEach
    void start() throws IOException {
        members.put(harbor.pin(), HARBOR);
        server = PeerServer.start(
                "127.0.0.1",
                0,
                north,
                pin -> Optional.ofNullable(members.get(pin)),
                service,
                service,
                Clock.offset(clock, AHEAD));
        link = link(north.pin(), harbor);
    }

    @AfterEach
    void stop() {
        link.close();
        server.close();
    }

    private HttpPeerLink link(Digest pin, TlsIdentity own) {
        return new HttpPeerLink(NORTH, new PeerAddress("127.0.0.1", server.port()), pin, own, this::heard, clock);
    }

    private void heard(SiteId peer, Duration ahead, Duration roundTrip) {
        assertThat(peer).isEqualTo(NORTH);
        heard.add(ahead);
    }

    private static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(error));
    }

    @Test
    void member_getsWhatItAsksForInItsOwnName() {
        OriginPosition from = new OriginPosition(5);
        assertThat(link.heads()).containsExactly(new OriginHead(NORTH, service.note));
        assertThat(link.checkpoint(NORTH)).isEmpty();
        assertThat(link.records(NORTH, from, 1 << 20, NO_WAIT)).isEqualTo(service.batch(from));
        assertThat(link.consistency(NORTH, 1, 3)).isEqualTo(service.proof);
        Optional<StreamId> study = Optional.of(new StreamId(NORTH + "/study/ab"));
        assertThat(link.keys(Optional.empty())).isEqualTo(service.handed(Optional.empty()));
        assertThat(link.keys(study)).isEqualTo(service.handed(study));
        OriginPosition through = new OriginPosition(9);
        assertThat(link.returned(from, through)).isEqualTo(service.returned(HARBOR, from, through));
        assertThat(service.callers).hasSize(8).containsOnly(HARBOR);
    }

    @Test
    void askingForHeads_tellsWhatThePeersClockIs() {
        link.heads();
        link.heads();
        assertThat(heard).hasSize(2);
        // The first takes as long as connecting does.
        assertThat(heard.getLast()).isCloseTo(AHEAD, Duration.ofSeconds(10));
    }

    @Test
    void askingForHeads_tellsWhatThePeerHasNotSigned() {
        assertThat(link.unsignedRecords()).isZero();
        service.unsigned = 12;
        link.heads();
        assertThat(link.unsignedRecords()).isEqualTo(12);
        service.unsigned = Long.MAX_VALUE;
        link.heads();
        assertThat(link.unsignedRecords()).as("more digits than are read").isZero();
    }

    @Test
    void callsThatMayWaitOrAreRefused_tellNothingOfClocks() {
        link.records(NORTH, new OriginPosition(5), 1 << 20, NO_WAIT);
        members.clear();
        assertRefused(ArchiveError.NOT_AUTHORIZED, link::heads);
        assertThat(heard).isEmpty();
    }

    @Test
    void refusals_areToldByTheirKind() {
        assertRefused(ArchiveError.NOT_FOUND, () -> link.records(HARBOR, new OriginPosition(0), 1 << 20, NO_WAIT));
        assertRefused(ArchiveError.PEER_UNAVAILABLE, () -> link.consistency(NORTH, 1, 4));
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> link.consistency(NORTH, 0, 3));
    }

    @Test
    void callBeyondTheBounds_isNotAnswered() {
        OriginPosition from = new OriginPosition(0);
        assertThatThrownBy(() -> link.records(NORTH, from, (4 << 20) + 1, NO_WAIT))
                .isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> link.records(NORTH, new OriginPosition(-1), 1, NO_WAIT))
                .isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> link.records(NORTH, from, 1, Duration.ofMinutes(1)))
                .isInstanceOf(ArchiveException.class);
        assertThat(service.callers).isEmpty();
    }

    @Test
    void blob_comesInTheRangesThatWereAskedFor() {
        assertThat(link.blob(NORTH, FakeService.BLOB, 0, 4).bytes()).isEqualTo(new byte[] {0, 1, 2, 3});
        assertThat(link.blob(NORTH, FakeService.BLOB, 7, 1 << 20)).isEqualTo(new BlobPart(10, new byte[] {7, 8, 9}));
        assertThat(link.blob(NORTH, FakeService.BLOB, 10, 5).bytes()).isEmpty();
        assertRefused(ArchiveError.NOT_FOUND, () -> link.blob(HARBOR, FakeService.BLOB, 0, 4));
        assertRefused(ArchiveError.NOT_FOUND, () -> link.blob(NORTH, new BlobId(Digest.sha256()), 0, 4));
        assertThat(service.callers).containsOnly(HARBOR);
    }

    @Test
    void blobBeyondTheBounds_isNotAnswered() {
        assertThatThrownBy(() -> link.blob(NORTH, FakeService.BLOB, 0, (1 << 20) + 1))
                .isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> link.blob(NORTH, FakeService.BLOB, -1, 4)).isInstanceOf(ArchiveException.class);
        assertThat(service.callers).isEmpty();
    }

    @Test
    void partOfABlob_thatIsTooShortOrTooLongIsNotBelieved() {
        service.parts = part -> new BlobPart(part.blobLengthBytes(), new byte[3]);
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> link.blob(NORTH, FakeService.BLOB, 0, 4));
        service.parts = part -> new BlobPart(part.blobLengthBytes(), new byte[5]);
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> link.blob(NORTH, FakeService.BLOB, 0, 4));
        service.parts = part -> new BlobPart(part.blobLengthBytes(), new byte[8 << 20]);
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> link.blob(NORTH, FakeService.BLOB, 0, 4));
        service.parts = part -> new BlobPart(-5, part.bytes());
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> link.blob(NORTH, FakeService.BLOB, 0, 4));
    }

    @Test
    void memberThatIsRemoved_getsNoBlob() {
        assertThat(link.blob(NORTH, FakeService.BLOB, 0, 4).bytes()).hasSize(4);
        members.clear();
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> link.blob(NORTH, FakeService.BLOB, 4, 4));
    }

    private CompletableFuture<RecordBatch> waiting() {
        CompletableFuture<RecordBatch> call =
                CompletableFuture.supplyAsync(() -> link.records(NORTH, new OriginPosition(0), 1 << 20, WAIT));
        await().until(() -> !service.callers.isEmpty());
        return call;
    }

    @Test
    void callThatWaits_isAnsweredWhenThereIsSomething() throws Exception {
        CompletableFuture<RecordBatch> call = waiting();
        assertThat(call).isNotDone();
        service.something.countDown();
        assertThat(call.get(5, TimeUnit.SECONDS).records()).hasSize(2);
    }

    @Test
    void memberThatIsRemovedWhileItWaits_getsNothing() {
        CompletableFuture<RecordBatch> call = waiting();
        members.clear();
        service.something.countDown();
        assertThatThrownBy(() -> call.get(5, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(ArchiveError.NOT_AUTHORIZED));
    }

    @Test
    void memberThatIsRemoved_getsNothingOnItsOpenConnectionNorOnANewOne() {
        assertThat(link.heads()).hasSize(1);
        members.clear();
        assertRefused(ArchiveError.NOT_AUTHORIZED, link::heads);
        try (HttpPeerLink again = link(north.pin(), harbor)) {
            assertRefused(ArchiveError.PEER_UNAVAILABLE, again::heads);
        }
        assertThat(service.callers).hasSize(1);
        assertThat(server.refused()).isEqualTo(1);
    }

    @Test
    void unknownCertificate_getsNothing() {
        try (HttpPeerLink stranger = link(north.pin(), identity(HARBOR))) {
            assertRefused(ArchiveError.PEER_UNAVAILABLE, stranger::heads);
        }
        assertThat(service.callers).isEmpty();
    }

    @Test
    void expiredCertificate_getsNothingThoughItIsPinned() {
        Instant now = Instant.now();
        TlsIdentity expired = TlsIdentity.make(
                HARBOR, now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), new SecureRandom());
        TlsIdentity later = TlsIdentity.make(
                HARBOR, now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9)), new SecureRandom());
        for (TlsIdentity bad : java.util.List.of(expired, later)) {
            members.put(bad.pin(), HARBOR);
            try (HttpPeerLink old = link(north.pin(), bad)) {
                assertRefused(ArchiveError.PEER_UNAVAILABLE, old::heads);
            }
        }
        assertThat(service.callers).isEmpty();
    }

    @Test
    void serverWithAnotherCertificate_isToldNothing() {
        try (HttpPeerLink misled = link(identity(NORTH).pin(), harbor)) {
            assertRefused(ArchiveError.PEER_MISBEHAVED, misled::heads);
        }
        assertThat(service.callers).isEmpty();
    }

    @Test
    void connectionWithoutACertificate_getsNothing() throws Exception {
        SSLContext nobody = SSLContext.getInstance("TLSv1.3");
        nobody.init(null, PinnedTls.trustManagers(north.pin()::equals, clock), new SecureRandom());
        assertThatThrownBy(() -> get(nobody, "TLSv1.3", HttpClient.Version.HTTP_2))
                .isInstanceOf(IOException.class);
        assertThat(service.callers).isEmpty();
    }

    @Test
    void olderTls_getsNothing() {
        SSLContext context = PinnedTls.context(harbor, north.pin()::equals, clock);
        assertThatThrownBy(() -> {
                    try (SSLSocket socket =
                            (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port())) {
                        socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                        socket.startHandshake();
                    }
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void http1_getsNothing() throws Exception {
        SSLContext context = PinnedTls.context(harbor, north.pin()::equals, clock);
        HttpResponse<byte[]> answer = get(context, "TLSv1.3", HttpClient.Version.HTTP_1_1);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).isEmpty();
        assertThat(service.callers).isEmpty();
    }

    private HttpResponse<byte[]> get(SSLContext context, String protocol, HttpClient.Version version)
            throws IOException, InterruptedException {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        try (HttpClient client = HttpClient.newBuilder()
                .version(version)
                .sslContext(context)
                .sslParameters(parameters)
                .build()) {
            URI heads = URI.create("https://127.0.0.1:" + server.port() + "/v1/heads");
            return client.send(
                    HttpRequest.newBuilder(heads)
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    @Test
    void clearText_getsNothing() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream()
                    .write("GET /v1/heads HTTP/1.1\r\nHost: north\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer).doesNotContain(" 200");
        }
        assertThat(service.callers).isEmpty();
    }

    @Test
    void serverThatStops_endsCallsThatWait() {
        CompletableFuture<RecordBatch> call = waiting();
        server.close();
        assertThatThrownBy(() -> call.get(5, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(ArchiveError.PEER_UNAVAILABLE));
    }

    @Test
    void serverThatStopsWhileItIsAsked_isSoonSeenToBeAway() throws Exception {
        AtomicLong slowestMs = new AtomicLong();
        CompletableFuture<Void> asking = CompletableFuture.runAsync(() -> {
            try {
                while (true) {
                    long before = System.nanoTime();
                    try {
                        link.heads();
                    } finally {
                        slowestMs.accumulateAndGet((System.nanoTime() - before) / 1_000_000, Math::max);
                    }
                }
            } catch (ArchiveException e) {
                assertThat(e.error()).isEqualTo(ArchiveError.PEER_UNAVAILABLE);
            }
        });
        await().until(() -> service.callers.size() > 20);
        server.close();
        asking.get(30, TimeUnit.SECONDS);
        assertThat(slowestMs.get()).isLessThan(5_000);
    }

    @Test
    void nobodyThere_isUnavailable() {
        server.close();
        assertRefused(ArchiveError.PEER_UNAVAILABLE, link::heads);
    }
}

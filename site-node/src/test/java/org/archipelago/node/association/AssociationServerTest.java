package org.archipelago.node.association;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.archipelago.contract.AeTitle;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AssociationServerTest {
    private static final String HOST = "127.0.0.1";
    private static final String VERIFICATION = "1.2.840.10008.1.1";
    private static final String IMPLICIT = "1.2.840.10008.1.2";
    private static final AssociationLimits SHORT = AssociationLimits.DEFAULTS.withTimeouts(
            Duration.ofMillis(700), Duration.ofMillis(900), Duration.ofMillis(700), Duration.ofMillis(700));

    private final AtomicLong discarded = new AtomicLong();
    private final List<AssociationServer> servers = new ArrayList<>();
    private OpenAssociations open = new OpenAssociations(AssociationLimits.DEFAULTS);

    @AfterEach
    void stop() {
        servers.forEach(AssociationServer::close);
    }

    private int start(AssociationLimits limits) throws IOException {
        open = new OpenAssociations(limits);
        AssociationServer server = AssociationServer.start(
                InetAddress.getByName(HOST),
                0,
                Optional.empty(),
                limits,
                open,
                this::acceptAll,
                AssociationMetrics.NONE);
        servers.add(server);
        return server.port();
    }

    private void answer(Association association) throws IOException {
        Optional<DimseMessage> message = association.receive();
        while (message.isPresent()) {
            if (message.get().data().isPresent()) {
                discarded.addAndGet(message.get().data().get().transferTo(OutputStream.nullOutputStream()));
            }
            association.send(
                    message.get().context().id(),
                    message.get().command().response(0).build());
            message = association.receive();
        }
    }

    private static Association associate(int port, AssociationLimits limits) throws IOException {
        return AssociationRequestor.open(
                AssociationRequestor.Proposal.of(
                        HOST,
                        port,
                        new AeTitle("A"),
                        new AeTitle("B"),
                        List.of(new ProposedContext(1, VERIFICATION, List.of(IMPLICIT)))),
                limits);
    }

    private static void echo(Association association) throws IOException {
        association.send(1, echoCommand(1));
        assertThat(association.receive().orElseThrow().command().status()).isZero();
    }

    private static CommandSet echoCommand(int id) {
        return CommandSet.of(CommandField.C_ECHO_RQ)
                .us(CommandSet.MESSAGE_ID, id)
                .uid(CommandSet.AFFECTED_SOP_CLASS_UID, VERIFICATION)
                .build();
    }

    private static byte[] requestPdu() {
        return PduEncoder.encode(new Pdu.Request(new AssociateRequest(
                1,
                "B",
                "A",
                AssociateRequest.DICOM_APPLICATION_CONTEXT,
                List.of(new ProposedContext(1, VERIFICATION, List.of(IMPLICIT))),
                new UserInformation(
                        16384,
                        "1.2",
                        Optional.empty(),
                        Optional.of(new UserInformation.AsyncWindow(5, 5)),
                        List.of(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        false))));
    }

    /** Opens by hand, so that the test can break the rules afterwards. */
    private static Socket rawAssociation(int port) throws IOException {
        Socket socket = new Socket(HOST, port);
        socket.getOutputStream().write(requestPdu());
        Pdu accept = readPdu(socket);
        assertThat(accept)
                .isInstanceOfSatisfying(
                        Pdu.Accept.class,
                        a -> assertThat(a.user().asyncWindow()).contains(UserInformation.AsyncWindow.SYNCHRONOUS));
        return socket;
    }

    private static Pdu readPdu(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int type = in.readByte();
        in.readByte();
        byte[] body = new byte[in.readInt()];
        in.readFully(body);
        return PduDecoder.decode(type, body, 8192);
    }

    private static byte[] pdata(int context, int control, byte[] fragment) {
        return new PduBytes()
                .u32(fragment.length + 2L)
                .u8(context)
                .u8(control)
                .raw(fragment)
                .asPdu(Pdu.P_DATA_TF);
    }

    private static void assertAborted(Socket socket, AbortReason reason) throws IOException {
        assertThat(readPdu(socket)).isEqualTo(new Pdu.Abort(reason.source(), reason.reason()));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    /** No memory for another thread, for one. */
    @Test
    void errorWhileAccepting_doesNotEndAccepting() throws IOException {
        AtomicInteger failures = new AtomicInteger();
        ServerSocket listener = new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                if (failures.incrementAndGet() <= 2) {
                    throw new OutOfMemoryError("injected");
                }
                return super.accept();
            }
        };
        listener.bind(new InetSocketAddress(InetAddress.getByName(HOST), 0));
        AssociationServer server = AssociationServer.start(
                listener, Optional.empty(), AssociationLimits.DEFAULTS, open, this::acceptAll, AssociationMetrics.NONE);
        servers.add(server);
        try (Association association = associate(server.port(), AssociationLimits.DEFAULTS)) {
            echo(association);
            association.release();
        }
        assertThat(failures.get()).isGreaterThan(2);
    }

    private AssociationPolicy.Decision acceptAll(AssociateRequest request, Peer peer) {
        return new AssociationPolicy.Decision.Accept(
                request.contexts().stream()
                        .map(c -> ContextAnswer.accepted(
                                c.id(), c.transferSyntaxes().getFirst()))
                        .toList(),
                List.of(),
                List.of(),
                this::answer);
    }

    @Test
    void silentConnections_doNotDelayOthers() throws IOException {
        int port = start(AssociationLimits.DEFAULTS);
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                silent.add(new Socket(HOST, port));
            }
            Awaitility.await()
                    .untilAsserted(() -> assertThat(open.connections()).isEqualTo(1000));
            long before = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                try (Association association = associate(port, AssociationLimits.DEFAULTS)) {
                    echo(association);
                    association.release();
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void twoHundredAssociations_allSucceed() throws IOException {
        int port = start(AssociationLimits.DEFAULTS);
        for (int i = 0; i < 200; i++) {
            try (Association association = associate(port, AssociationLimits.DEFAULTS)) {
                association.send(1, storeCommand(), out -> out.write(new byte[50_000]));
                assertThat(association.receive().orElseThrow().command().status())
                        .isZero();
                association.release();
            }
        }
        assertThat(discarded).hasValue(200 * 50_000);
        Awaitility.await().untilAsserted(() -> assertThat(open.connections()).isZero());
    }

    private static CommandSet storeCommand() {
        return CommandSet.of(CommandField.C_STORE_RQ)
                .us(CommandSet.MESSAGE_ID, 1)
                .uid(CommandSet.AFFECTED_SOP_CLASS_UID, VERIFICATION)
                .build();
    }

    /** A sender with Nagle's algorithm on and small writes waits for an acknowledgement before its last one: 40 ms if delayed. */
    @Test
    void naglingSender_isNotHeldBack() throws IOException {
        int port = start(AssociationLimits.DEFAULTS);
        int messages = 100;
        try (Socket socket = rawAssociation(port)) {
            OutputStream out = socket.getOutputStream();
            byte[] command = pdata(1, 3, storeCommand().withDataSet(true).encode());
            long before = System.nanoTime();
            for (int i = 0; i < messages; i++) {
                out.write(command);
                out.write(pdata(1, 0, new byte[3000]));
                out.write(pdata(1, 2, new byte[1000]));
                DataInputStream in = new DataInputStream(socket.getInputStream());
                assertThat(in.readByte()).isEqualTo((byte) Pdu.P_DATA_TF);
                in.readByte();
                in.readFully(new byte[in.readInt()]);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(20L * messages));
        }
    }

    @Test
    void dataSets_crossWithAnyPduLength() throws IOException {
        AssociationLimits small = AssociationLimits.DEFAULTS.withPduLengths(4096, 1 << 20);
        int port = start(small);
        Random random = new Random(1);
        long sent = 0;
        try (Association association = associate(port, small.withPduLengths(1 << 20, 1 << 20))) {
            for (int i = 0; i < 50; i++) {
                byte[] data = new byte[random.nextInt(20_000)];
                sent += data.length;
                association.send(1, storeCommand(), out -> out.write(data));
                assertThat(association.receive().orElseThrow().command().status())
                        .isZero();
            }
            association.release();
        }
        assertThat(discarded).hasValue(sent);
    }

    @Test
    void silentConnection_isClosedByArtim() throws IOException {
        int port = start(SHORT);
        try (Socket socket = new Socket(HOST, port)) {
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void requestSentByteByByte_isCutOffByArtim() throws IOException {
        int port = start(SHORT);
        try (Socket socket = new Socket(HOST, port)) {
            socket.setSoTimeout(50);
            socket.setTcpNoDelay(true);
            byte[] request = requestPdu();
            long before = System.nanoTime();
            assertThatThrownBy(() -> {
                        for (byte b : request) {
                            socket.getOutputStream().write(b);
                            if (pauseFoundEnd(socket)) {
                                throw new IOException("closed");
                            }
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        }
    }

    /** Waits 50 ms for the end of the stream. */
    private static boolean pauseFoundEnd(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    @Test
    void idleAssociation_isAborted() throws IOException {
        int port = start(SHORT);
        try (Socket socket = rawAssociation(port)) {
            assertAborted(socket, AbortReason.NOT_SPECIFIED);
        }
    }

    @Test
    void stalledDataSet_isAborted() throws IOException {
        int port = start(SHORT);
        try (Socket socket = rawAssociation(port)) {
            OutputStream out = socket.getOutputStream();
            out.write(pdata(1, 3, storeCommand().withDataSet(true).encode()));
            out.write(Arrays.copyOf(pdata(1, 0, new byte[1000]), 500));
            assertAborted(socket, AbortReason.NOT_SPECIFIED);
        }
    }

    @Test
    void tricklingDataSet_isAborted() throws IOException {
        int port = start(SHORT);
        try (Socket socket = rawAssociation(port)) {
            socket.setSoTimeout(50);
            OutputStream out = socket.getOutputStream();
            out.write(pdata(1, 3, storeCommand().withDataSet(true).encode()));
            long before = System.nanoTime();
            int answer = -2;
            while (answer == -2 && System.nanoTime() - before < 10_000_000_000L) {
                out.write(pdata(1, 0, new byte[2]));
                try {
                    answer = socket.getInputStream().read();
                } catch (SocketTimeoutException e) {
                    answer = -2;
                }
            }
            assertThat(answer).isEqualTo(Pdu.ABORT);
        }
    }

    @Test
    void peerThatTakesNoData_isCutOff() throws IOException {
        int port = start(SHORT);
        try (Socket socket = rawAssociation(port)) {
            byte[] echo = pdata(1, 3, echoCommand(1).encode());
            ByteArrayOutputStream many = new ByteArrayOutputStream();
            for (int i = 0; i < 1000; i++) {
                many.writeBytes(echo);
            }
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        socket.getOutputStream().write(many.toByteArray());
                    }
                } catch (IOException e) {
                    assertThat(e).hasMessageNotContaining("unreachable");
                }
            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(open.connections()).isZero());
            writer.interrupt();
        }
    }

    @Test
    void brokenRules_areAbortedWithTheirReason() throws IOException {
        int port = start(SHORT);
        byte[] echo = echoCommand(1).encode();
        record Case(byte[] bytes, AbortReason reason) {}
        List<Case> cases = List.of(
                new Case(requestPdu(), AbortReason.UNEXPECTED_PDU),
                new Case(new PduBytes().zeros(4).asPdu(9), AbortReason.UNRECOGNIZED_PDU),
                new Case(new PduBytes().zeros(4).asPdu(Pdu.RELEASE_RP), AbortReason.UNEXPECTED_PDU),
                new Case(new byte[] {4, 0, 0x7f, 0, 0, 0}, AbortReason.INVALID_PDU_PARAMETER_VALUE),
                new Case(new PduBytes().u32(0).zeros(2).asPdu(4), AbortReason.INVALID_PDU_PARAMETER_VALUE),
                new Case(new PduBytes().u32(100).zeros(2).asPdu(4), AbortReason.INVALID_PDU_PARAMETER_VALUE),
                new Case(pdata(3, 3, echo), AbortReason.INVALID_PDU_PARAMETER_VALUE),
                new Case(pdata(1, 2, echo), AbortReason.UNEXPECTED_PDU_PARAMETER),
                new Case(pdata(1, 3, new byte[] {1, 2, 3}), AbortReason.INVALID_PDU_PARAMETER_VALUE),
                new Case(pdata(1, 3, new byte[70_000]), AbortReason.INVALID_PDU_PARAMETER_VALUE));
        for (Case each : cases) {
            try (Socket socket = rawAssociation(port)) {
                socket.getOutputStream().write(each.bytes());
                assertAborted(socket, each.reason());
            }
        }
    }

    @Test
    void randomPdus_neitherHangNorHarm() throws IOException {
        int port = start(SHORT);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long until = System.nanoTime() + 2_000_000_000L;
        byte[] good = pdata(1, 3, storeCommand().withDataSet(true).encode());
        while (System.nanoTime() < until) {
            try (Socket socket = random.nextBoolean() ? rawAssociation(port) : new Socket(HOST, port)) {
                socket.setSoTimeout(10_000);
                byte[] junk = random.nextBoolean() ? good.clone() : new byte[random.nextInt(2000)];
                if (junk != good && random.nextBoolean()) {
                    random.nextBytes(junk);
                }
                for (int i = random.nextInt(4); i > 0 && junk.length > 0; i--) {
                    junk[random.nextInt(junk.length)] = (byte) random.nextInt();
                }
                socket.getOutputStream().write(junk);
                socket.shutdownOutput();
                drain(socket.getInputStream(), seed);
            }
        }
        Awaitility.await().untilAsserted(() -> assertThat(open.connections()).isZero());
        try (Association association = associate(port, SHORT)) {
            echo(association);
            association.release();
        }
    }

    private static void drain(InputStream in, long seed) {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketTimeoutException e) {
            throw new AssertionError("hangs with seed " + seed, e);
        } catch (IOException e) {
            assertThat(e.getMessage()).as("seed %d", seed).contains("reset");
        }
    }

    @Test
    void releaseCollision_endsOnBothSides() throws IOException {
        int port = start(SHORT);
        try (Socket socket = rawAssociation(port)) {
            socket.getOutputStream().write(PduEncoder.encode(new Pdu.ReleaseRequest()));
            assertThat(readPdu(socket)).isEqualTo(new Pdu.ReleaseResponse());
        }
        try (ServerSocket peer = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            Thread acceptor = Thread.ofVirtual().start(() -> collide(peer));
            try (Association association = associate(peer.getLocalPort(), SHORT)) {
                association.release();
                assertThat(association.state()).isEqualTo(AssociationState.CLOSED);
            }
            acceptor.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An acceptor whose own release request crosses the requestor's (PS3.8 §9.2.3 AR-8, AR-9, AR-3). */
    private static void collide(ServerSocket listener) {
        try (Socket socket = listener.accept()) {
            assertThat(readPdu(socket)).isInstanceOf(Pdu.Request.class);
            OutputStream out = socket.getOutputStream();
            out.write(PduEncoder.encode(new Pdu.Accept(
                    "B",
                    "A",
                    Optional.of(AssociateRequest.DICOM_APPLICATION_CONTEXT),
                    List.of(ContextAnswer.accepted(1, IMPLICIT)),
                    new UserInformation(
                            0,
                            "1.2",
                            Optional.empty(),
                            Optional.empty(),
                            List.of(),
                            List.of(),
                            List.of(),
                            Optional.empty(),
                            false))));
            assertThat(readPdu(socket)).isEqualTo(new Pdu.ReleaseRequest());
            out.write(PduEncoder.encode(new Pdu.ReleaseRequest()));
            assertThat(readPdu(socket)).isEqualTo(new Pdu.ReleaseResponse());
            out.write(PduEncoder.encode(new Pdu.ReleaseResponse()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void tooManyAssociations_areRejectedForNow() throws IOException {
        int port = start(AssociationLimits.DEFAULTS.withCounts(10, 3, 2));
        try (Association _ = associate(port, AssociationLimits.DEFAULTS);
                Association second = associate(port, AssociationLimits.DEFAULTS)) {
            assertThatThrownBy(() -> associate(port, AssociationLimits.DEFAULTS))
                    .isInstanceOfSatisfying(AssociationRejectedException.class, e -> {
                        assertThat(e.rejection()).isEqualTo(Rejection.LOCAL_LIMIT_EXCEEDED);
                        assertThat(e.rejection().isTransient()).isTrue();
                    });
            second.release();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(open.associations()).isEqualTo(1));
            try (Association again = associate(port, AssociationLimits.DEFAULTS)) {
                echo(again);
                again.release();
            }
        }
    }

    @Test
    void tooManyConnections_costTheOldestSilentOne() throws IOException {
        int port = start(AssociationLimits.DEFAULTS.withCounts(3, 3, 3));
        try (Association association = associate(port, AssociationLimits.DEFAULTS);
                Socket oldest = new Socket(HOST, port)) {
            Awaitility.await()
                    .untilAsserted(() -> assertThat(open.connections()).isEqualTo(2));
            try (Socket _ = new Socket(HOST, port);
                    Socket _ = new Socket(HOST, port)) {
                oldest.setSoTimeout(10_000);
                assertThat(oldest.getInputStream().read()).isEqualTo(-1);
                echo(association);
                association.release();
            }
        }
    }

    @Test
    void failedDataSource_abortsTheAssociation() throws IOException {
        int port = start(AssociationLimits.DEFAULTS);
        try (Association association = associate(port, AssociationLimits.DEFAULTS)) {
            assertThatThrownBy(() -> association.send(1, storeCommand(), out -> {
                        out.write(new byte[500_000]);
                        throw new IllegalStateException("source broke");
                    }))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(association.state()).isEqualTo(AssociationState.CLOSED);
        }
        Awaitility.await().untilAsserted(() -> assertThat(open.connections()).isZero());
    }

    @Test
    void listener_saysWhetherItAccepts() throws IOException {
        start(AssociationLimits.DEFAULTS);
        assertThat(servers.getFirst().isAccepting()).isTrue();
        servers.getFirst().stopAccepting();
        assertThat(servers.getFirst().isAccepting()).isFalse();
    }
}

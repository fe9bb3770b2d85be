package org.archipelago.node.association;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An association in use (PS3.8 §7 and §9.2, PS3.7 §6.3). One thread receives; any thread may send, whole messages at a
 * time. Every failure ends the association with an A-ABORT and an {@link AssociationLostException}.
 */
public final class Association implements Closeable {
    private static final System.Logger LOG = System.getLogger(Association.class.getName());
    private static final int MAX_MESSAGE_ID = 0xFFFF;

    private final Transport transport;
    private final PduInput in;
    private final PduOutput out;
    private final AssociationLimits limits;
    private final boolean requestor;
    private final AssociateRequest request;
    private final UserInformation acceptorUser;
    private final Map<Integer, AcceptedContext> contexts;
    private final ReentrantLock sending = new ReentrantLock();
    private final AtomicInteger messageIds = new AtomicInteger();
    private volatile AssociationState state = AssociationState.ESTABLISHED;
    private volatile boolean idle;
    private @Nullable DataSetInput unread;

    Association(
            Transport transport,
            PduInput in,
            PduOutput out,
            AssociationLimits limits,
            boolean requestor,
            AssociateRequest request,
            UserInformation acceptorUser,
            Map<Integer, AcceptedContext> contexts) {
        this.transport = transport;
        this.in = in;
        this.out = out;
        this.limits = limits;
        this.requestor = requestor;
        this.request = request;
        this.acceptorUser = acceptorUser;
        this.contexts = Map.copyOf(contexts);
    }

    public AssociateRequest request() {
        return request;
    }

    /** What the acceptor answered, of Extended Negotiation for one. */
    public UserInformation acceptorUser() {
        return acceptorUser;
    }

    public String callingAeTitle() {
        return request.callingAeTitle();
    }

    public String calledAeTitle() {
        return request.calledAeTitle();
    }

    public InetAddress peer() {
        return transport.peer();
    }

    public Collection<AcceptedContext> contexts() {
        return contexts.values();
    }

    public Optional<AcceptedContext> context(String abstractSyntax, String transferSyntax) {
        return contexts.values().stream()
                .filter(c -> c.abstractSyntax().equals(abstractSyntax))
                .filter(c -> c.transferSyntax().equals(transferSyntax))
                .findFirst();
    }

    public AssociationState state() {
        return state;
    }

    /** Whether it waits for the peer's next request. */
    boolean isIdle() {
        return idle;
    }

    /** 1 to 65535, then again from 1. */
    public int nextMessageId() {
        return messageIds.getAndUpdate(id -> (id + 1) % MAX_MESSAGE_ID) + 1;
    }

    /** Whether the peer has sent something that was not received yet. Does not wait. */
    public boolean readable() throws IOException {
        try {
            return state == AssociationState.ESTABLISHED && in.readable();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Waits for the peer to send something, while nothing is being served. */
    public boolean awaitReadable(Duration wait) throws IOException {
        try {
            discardUnread();
            in.messageBoundary();
            idle = true;
            boolean readable = in.awaitReadable(wait);
            idle = false;
            return readable;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * The next message; empty when the peer released the association, which is then closed.
     *
     * @throws AssociationLostException aborted, broken, timed out, or the peer broke a rule
     */
    public Optional<DimseMessage> receive() throws IOException {
        return receive(limits.idleTimeout());
    }

    /** Like {@link #receive()} where nothing is being served: a shutdown may end the association while it waits. */
    public Optional<DimseMessage> receiveRequest() throws IOException {
        return receive(limits.idleTimeout(), true);
    }

    /** Like {@link #receive()} with a wait of its own, instead of the idle timeout. */
    public Optional<DimseMessage> receive(Duration wait) throws IOException {
        return receive(wait, false);
    }

    private Optional<DimseMessage> receive(Duration wait, boolean servingNothing) throws IOException {
        if (state != AssociationState.ESTABLISHED) {
            throw new AssociationLostException("the association is over");
        }
        try {
            discardUnread();
            in.messageBoundary();
            if (in.inData()) {
                throw new MalformedPduException(AbortReason.UNEXPECTED_PDU_PARAMETER, "data after a message's end");
            }
            idle = servingNothing;
            boolean more = nextDataPdu(wait);
            idle = false;
            return more ? Optional.of(readMessage()) : Optional.empty();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private DimseMessage readMessage() throws IOException {
        CommandReader reader = new CommandReader(limits.maxCommandSetBytes());
        while (true) {
            PduInput.Pdv pdv = in.nextPdv();
            if (pdv == null) {
                requireDataPdu();
            } else if (reader.take(in, pdv)) {
                break;
            }
        }
        AcceptedContext context = contexts.get(reader.contextId());
        if (context == null) {
            throw new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, "context not accepted");
        }
        CommandSet command = CommandSet.decode(reader.bytes());
        if (!command.hasDataSet()) {
            return new DimseMessage(context, command, Optional.empty());
        }
        DataSetInput data = new DataSetInput(this, in, context.id());
        unread = data;
        return new DimseMessage(context, command, Optional.of(data));
    }

    /** Within a message the peer may send nothing but data, or abort. */
    void requireDataPdu() throws IOException {
        if (!nextDataPdu(limits.pduTimeout())) {
            throw new AssociationLostException("the peer released the association within a message");
        }
    }

    /** Reads the header of the next P-DATA-TF; false when the peer released instead. */
    private boolean nextDataPdu(Duration wait) throws IOException {
        PduInput.Header header = in.nextPdu(wait);
        return switch (header.type()) {
            case Pdu.P_DATA_TF -> true;
            case Pdu.RELEASE_RQ -> {
                in.body(header);
                answerRelease();
                yield false;
            }
            case Pdu.ABORT -> {
                in.body(header);
                close(AssociationState.CLOSED);
                throw new AssociationLostException("the peer aborted the association");
            }
            default -> throw new MalformedPduException(AbortReason.UNEXPECTED_PDU, "PDU type in this state");
        };
    }

    private void answerRelease() throws IOException {
        sending.lock();
        try {
            out.pdu(PduEncoder.encode(new Pdu.ReleaseResponse()));
        } finally {
            sending.unlock();
        }
        awaitClose();
    }

    /** Reads and drops what is left of the data set of the last message, as {@link #receive()} would. */
    public void discardRest() throws IOException {
        try {
            discardUnread();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void discardUnread() throws IOException {
        DataSetInput data = unread;
        if (data != null) {
            unread = null;
            data.discard();
        }
    }

    public void send(int contextId, CommandSet command) throws IOException {
        sendLocked(() -> out.command(contextId, command.withDataSet(false).encode()));
    }

    /**
     * Sends a command with a data set. A data set that cannot be completed leaves no way to end its message, so the
     * association is then aborted.
     */
    public void send(int contextId, CommandSet command, DataWriter data) throws IOException {
        sendLocked(() -> out.message(contextId, command.withDataSet(true).encode(), data));
    }

    private interface Sending {
        void run() throws IOException;
    }

    private void sendLocked(Sending what) throws IOException {
        sending.lock();
        boolean whole = false;
        try {
            if (state != AssociationState.ESTABLISHED) {
                throw new AssociationLostException("the association is over");
            }
            what.run();
            whole = true;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            sending.unlock();
            if (!whole) {
                abort(AbortReason.NOT_SPECIFIED);
            }
        }
    }

    /**
     * Ends the association in order (PS3.8 §7.2), also in a release collision (PS3.8 §9.2.3 AR-8 to AR-10). Data that
     * still arrives is dropped. Does nothing on an association that is over.
     */
    public void release() throws IOException {
        if (state != AssociationState.ESTABLISHED) {
            return;
        }
        try {
            discardUnread();
            state = AssociationState.RELEASING;
            out.pdu(PduEncoder.encode(new Pdu.ReleaseRequest()));
            boolean collision = awaitReleaseResponse();
            if (collision && !requestor) {
                out.pdu(PduEncoder.encode(new Pdu.ReleaseResponse()));
                awaitClose();
            } else {
                close(AssociationState.CLOSED);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private boolean awaitReleaseResponse() throws IOException {
        boolean collision = false;
        while (true) {
            PduInput.Header header = in.nextPdu(limits.artimTimeout());
            switch (header.type()) {
                case Pdu.P_DATA_TF -> skipData();
                case Pdu.RELEASE_RQ -> {
                    in.body(header);
                    collision = true;
                    if (requestor) {
                        out.pdu(PduEncoder.encode(new Pdu.ReleaseResponse()));
                    }
                }
                case Pdu.RELEASE_RP -> {
                    in.body(header);
                    return collision;
                }
                case Pdu.ABORT -> {
                    close(AssociationState.CLOSED);
                    throw new AssociationLostException("the peer aborted the association");
                }
                default -> throw new MalformedPduException(AbortReason.UNEXPECTED_PDU, "PDU type in this state");
            }
        }
    }

    private void skipData() throws IOException {
        while (in.nextPdv() != null) {
            while (in.pdvRemaining() > 0) {
                in.skipFragment();
            }
        }
    }

    /** Sends A-ABORT unless the association is over (PS3.8 §7.3) and closes the connection. */
    public void abort(AbortReason reason) {
        if (state == AssociationState.CLOSED) {
            return;
        }
        boolean free = sending.tryLock();
        try {
            if (free && state != AssociationState.AWAITING_CLOSE && !transport.isClosed()) {
                state = AssociationState.AWAITING_CLOSE;
                out.pdu(PduEncoder.encode(new Pdu.Abort(reason.source(), reason.reason())));
                transport.shutdownOutput();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the peer could not be told of the abort", e);
        } finally {
            if (free) {
                sending.unlock();
            }
            close(AssociationState.CLOSED);
        }
    }

    /** Sta13: gives the peer until ARTIM to close the connection, dropping what it still sends. */
    private void awaitClose() {
        state = AssociationState.AWAITING_CLOSE;
        Closing.awaitPeer(transport, limits.artimTimeout());
        close(AssociationState.CLOSED);
    }

    IOException failed(IOException cause) {
        return switch (cause) {
            case AssociationLostException lost -> {
                abort(AbortReason.NOT_SPECIFIED);
                yield lost;
            }
            case MalformedPduException malformed -> {
                abort(malformed.reason());
                yield new AssociationLostException("the peer broke the protocol: " + malformed.getMessage(), malformed);
            }
            case SocketTimeoutException timeout -> {
                abort(AbortReason.NOT_SPECIFIED);
                yield new AssociationLostException("the peer was silent or slow for too long", timeout);
            }
            case EOFException end -> {
                close(AssociationState.CLOSED);
                yield new AssociationLostException("the peer closed the connection without a release", end);
            }
            default -> {
                abort(AbortReason.NOT_SPECIFIED);
                yield new AssociationLostException("the connection failed", cause);
            }
        };
    }

    private void close(AssociationState last) {
        state = last;
        transport.close();
    }

    /** Aborts unless it was released. */
    @Override
    public void close() {
        abort(AbortReason.SERVICE_USER);
    }
}

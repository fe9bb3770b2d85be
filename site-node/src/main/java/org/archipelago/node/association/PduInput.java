package org.archipelago.node.association;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads PDUs (PS3.8 §9.3) through one buffer: small while the connection is silent, of the size of a PDU while data
 * passes. Not thread-safe.
 */
final class PduInput {
    private static final int SMALL_BUFFER_BYTES = 512;
    private static final int LARGE_BUFFER_MIN_BYTES = 128 * 1024;
    private static final int PDV_HEADER_BYTES = 6;
    /** In which what has arrived is read, unless it is only a part of a TLS record. */
    private static final Duration ARRIVED = Duration.ofMillis(5);

    private final Transport transport;
    private final AssociationLimits limits;
    private final byte[] small = new byte[SMALL_BUFFER_BYTES];
    private byte[] buffer = small;
    private int position;
    private int limit;

    private int pduRemaining;
    private int pdvRemaining;
    private long pduBudgetNanos;
    private long waitedNanos;
    private long receivedBytes;

    PduInput(Transport transport, AssociationLimits limits) {
        this.transport = transport;
        this.limits = limits;
    }

    /** Type and length of a PDU whose body follows. */
    record Header(int type, int lengthBytes) {}

    /** Header of a presentation data value (PS3.8 §9.3.5.1, Annex E.2); its fragment follows. */
    record Pdv(int contextId, boolean command, boolean last) {}

    /** Called between messages: lets go of the large buffer and starts the rate of a new message. */
    void messageBoundary() {
        waitedNanos = 0;
        receivedBytes = 0;
        if (position == limit) {
            buffer = small;
            position = 0;
            limit = 0;
        }
    }

    /** Whether something can be read without waiting. @throws EOFException the connection ended */
    boolean readable() throws IOException {
        return position < limit || pduRemaining > 0 || (transport.hasArrived() && awaitReadable(ARRIVED));
    }

    /** Waits until something can be read; whether it can. @throws EOFException the connection ended */
    boolean awaitReadable(Duration wait) throws IOException {
        if (position < limit || pduRemaining > 0) {
            return true;
        }
        try {
            fill(wait.toNanos());
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    boolean inData() {
        return pduRemaining > 0;
    }

    /**
     * The next PDU's header.
     *
     * @param wait for its first byte; then the PDU timeout runs
     * @throws EOFException the peer closed the connection
     * @throws SocketTimeoutException nothing came
     */
    Header nextPdu(Duration wait) throws IOException {
        if (position == limit) {
            fill(wait.toNanos());
        }
        pduBudgetNanos = limits.pduTimeout().toNanos();
        require(Pdu.HEADER_BYTES);
        int type = buffer[position] & 0xFF;
        long length = u32(position + 2);
        position += Pdu.HEADER_BYTES;
        checkLength(type, length);
        if (type == Pdu.P_DATA_TF) {
            pduRemaining = (int) length;
            if (length > small.length) {
                enlarge();
            }
        }
        return new Header(type, (int) length);
    }

    /** Shortens what is left of the time in which the peer must deliver the PDU being read. */
    void tighten(long budgetNanos) {
        pduBudgetNanos = Math.min(pduBudgetNanos, budgetNanos);
    }

    private void checkLength(int type, long length) throws MalformedPduException {
        boolean fits = switch (type) {
            case Pdu.ASSOCIATE_RQ, Pdu.ASSOCIATE_AC -> length <= limits.maxAssociatePduBytes();
            case Pdu.P_DATA_TF -> length >= PDV_HEADER_BYTES && length <= limits.maxPduLengthBytes();
            case Pdu.ASSOCIATE_RJ, Pdu.RELEASE_RQ, Pdu.RELEASE_RP, Pdu.ABORT -> length == 4;
            default -> throw new MalformedPduException(AbortReason.UNRECOGNIZED_PDU, "PDU type");
        };
        if (!fits) {
            throw new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, "PDU length");
        }
    }

    /** The body of a PDU other than P-DATA-TF. */
    byte[] body(Header header) throws IOException {
        byte[] body = new byte[header.lengthBytes()];
        int filled = Math.min(body.length, limit - position);
        System.arraycopy(buffer, position, body, 0, filled);
        position += filled;
        while (filled < body.length) {
            filled += read(body, filled, body.length - filled, pduBudgetNanos);
        }
        return body;
    }

    /** The next PDV of the P-DATA-TF being read, null at its end. */
    @Nullable
    Pdv nextPdv() throws IOException {
        if (pduRemaining == 0) {
            return null;
        }
        if (pduRemaining < PDV_HEADER_BYTES) {
            throw new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, "PDV length");
        }
        require(PDV_HEADER_BYTES);
        long length = u32(position);
        int contextId = buffer[position + 4] & 0xFF;
        int control = buffer[position + 5];
        if (length < 2 || length > pduRemaining - 4) {
            throw new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, "PDV length");
        }
        position += PDV_HEADER_BYTES;
        pduRemaining -= PDV_HEADER_BYTES;
        pdvRemaining = (int) length - 2;
        return new Pdv(contextId, (control & 1) != 0, (control & 2) != 0);
    }

    int pdvRemaining() {
        return pdvRemaining;
    }

    /** Reads of the current fragment, at least one byte; the caller has checked that some remain. */
    int readFragment(byte[] target, int offset, int length) throws IOException {
        awaitFragment();
        int count = Math.min(Math.min(length, pdvRemaining), limit - position);
        System.arraycopy(buffer, position, target, offset, count);
        consumed(count);
        return count;
    }

    /** Waits until some of the current fragment is buffered. */
    void awaitFragment() throws IOException {
        if (position == limit) {
            fill(pduBudgetNanos);
        }
    }

    /** Moves what is buffered of the current fragment, at least one byte, without a copy of our own. */
    int transferFragment(OutputStream target) throws IOException {
        awaitFragment();
        int count = Math.min(pdvRemaining, limit - position);
        target.write(buffer, position, count);
        consumed(count);
        return count;
    }

    int skipFragment() throws IOException {
        awaitFragment();
        int count = Math.min(pdvRemaining, limit - position);
        consumed(count);
        return count;
    }

    private void consumed(int count) {
        position += count;
        pdvRemaining -= count;
        pduRemaining -= count;
    }

    private void require(int count) throws IOException {
        while (limit - position < count) {
            if (buffer.length - position < count) {
                System.arraycopy(buffer, position, buffer, 0, limit - position);
                limit -= position;
                position = 0;
            }
            limit += read(buffer, limit, buffer.length - limit, pduBudgetNanos);
        }
    }

    private void fill(long budgetNanos) throws IOException {
        position = 0;
        limit = 0;
        limit = read(buffer, 0, buffer.length, budgetNanos);
    }

    /** Only the time spent waiting for the peer counts: while the archive is slow, TCP holds the sender back. */
    private int read(byte[] target, int offset, int length, long budgetNanos) throws IOException {
        long before = System.nanoTime();
        int count = transport.read(target, offset, length, before + budgetNanos);
        if (count < 0) {
            throw new EOFException("the peer closed the connection");
        }
        long elapsed = System.nanoTime() - before;
        pduBudgetNanos -= elapsed;
        if (receivedBytes > 0) {
            waitedNanos += elapsed;
        }
        receivedBytes += count;
        checkRate();
        return count;
    }

    private void checkRate() throws SocketTimeoutException {
        if (waitedNanos > limits.pduTimeout().toNanos()
                && receivedBytes < waitedNanos / 1e9 * limits.minReceiveBytesPerSecond()) {
            throw new SocketTimeoutException("the peer sends too slowly");
        }
    }

    private void enlarge() {
        if (buffer == small) {
            byte[] large = new byte[Math.max(LARGE_BUFFER_MIN_BYTES, Math.min(limits.maxPduLengthBytes(), 1 << 20))];
            System.arraycopy(small, position, large, 0, limit - position);
            limit -= position;
            position = 0;
            buffer = large;
        }
    }

    private long u32(int at) {
        return ((buffer[at] & 0xFFL) << 24)
                | ((buffer[at + 1] & 0xFFL) << 16)
                | ((buffer[at + 2] & 0xFFL) << 8)
                | (buffer[at + 3] & 0xFFL);
    }
}

package org.archipelago.node.association;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages as P-DATA-TF PDUs (PS3.8 §9.3.5, Annex E), each at most as long as the peer takes. A command and the
 * start of its data set leave in one write. Not thread-safe.
 */
final class PduOutput {
    private static final int PDV_OVERHEAD_BYTES = 6;
    private static final int COMMAND = 1;
    private static final int LAST = 2;

    private final Transport transport;
    private final int maxPduLengthBytes;
    private byte @Nullable [] large;

    PduOutput(Transport transport, int maxPduLengthBytes) {
        this.transport = transport;
        this.maxPduLengthBytes = maxPduLengthBytes;
    }

    void pdu(byte[] encoded) throws IOException {
        transport.write(encoded, 0, encoded.length);
    }

    void command(int contextId, byte[] command) throws IOException {
        int pdus = command.length / (maxPduLengthBytes - PDV_OVERHEAD_BYTES) + 1;
        byte[] buffer = new byte[command.length + pdus * (Pdu.HEADER_BYTES + PDV_OVERHEAD_BYTES)];
        transport.write(buffer, 0, putCommand(buffer, contextId, command));
    }

    /** Writes the command and then what the writer writes as its data set. When the writer throws, the association is of no further use. */
    void message(int contextId, byte[] command, DataWriter data) throws IOException {
        byte[] buffer = large;
        int pdus = command.length / (maxPduLengthBytes - PDV_OVERHEAD_BYTES) + 1;
        int room = command.length + (pdus + 1) * (Pdu.HEADER_BYTES + PDV_OVERHEAD_BYTES) + maxPduLengthBytes;
        if (buffer == null || buffer.length < room) {
            buffer = new byte[room];
            large = buffer;
        }
        int end = putCommand(buffer, contextId, command);
        DataOut out = new DataOut(contextId, buffer, end);
        data.writeTo(out);
        out.finish();
    }

    private int putCommand(byte[] buffer, int contextId, byte[] command) {
        int at = 0;
        int sent = 0;
        int most = maxPduLengthBytes - PDV_OVERHEAD_BYTES;
        do {
            int count = Math.min(most, command.length - sent);
            boolean last = sent + count == command.length;
            putHeader(buffer, at, count, contextId, COMMAND | (last ? LAST : 0));
            at += Pdu.HEADER_BYTES + PDV_OVERHEAD_BYTES;
            System.arraycopy(command, sent, buffer, at, count);
            at += count;
            sent += count;
        } while (sent < command.length);
        return at;
    }

    private static void putHeader(byte[] buffer, int at, int fragmentBytes, int contextId, int control) {
        buffer[at] = Pdu.P_DATA_TF;
        buffer[at + 1] = 0;
        putU32(buffer, at + 2, fragmentBytes + PDV_OVERHEAD_BYTES);
        putU32(buffer, at + 6, fragmentBytes + 2);
        buffer[at + 10] = (byte) contextId;
        buffer[at + 11] = (byte) control;
    }

    private static void putU32(byte[] buffer, int at, int value) {
        buffer[at] = (byte) (value >>> 24);
        buffer[at + 1] = (byte) (value >>> 16);
        buffer[at + 2] = (byte) (value >>> 8);
        buffer[at + 3] = (byte) value;
    }

    /** The fragments of one data set. A full fragment leaves when more comes, so that the last one can be marked. */
    private final class DataOut extends OutputStream {
        private final int contextId;
        private final byte[] buffer;
        private int pduStart;
        private int end;
        private int pduEnd;

        DataOut(int contextId, byte[] buffer, int start) {
            this.contextId = contextId;
            this.buffer = buffer;
            begin(start);
        }

        private void begin(int start) {
            pduStart = start;
            end = start + Pdu.HEADER_BYTES + PDV_OVERHEAD_BYTES;
            pduEnd = start + Pdu.HEADER_BYTES + maxPduLengthBytes;
        }

        @Override
        public void write(int b) throws IOException {
            if (end == pduEnd) {
                emit(0);
            }
            buffer[end++] = (byte) b;
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            int from = offset;
            int left = length;
            while (left > 0) {
                if (end == pduEnd) {
                    emit(0);
                }
                int count = Math.min(left, pduEnd - end);
                System.arraycopy(source, from, buffer, end, count);
                end += count;
                from += count;
                left -= count;
            }
        }

        private void emit(int control) throws IOException {
            int fragment = end - pduStart - Pdu.HEADER_BYTES - PDV_OVERHEAD_BYTES;
            putHeader(buffer, pduStart, fragment, contextId, control);
            transport.write(buffer, 0, end);
            begin(0);
        }

        void finish() throws IOException {
            emit(LAST);
        }
    }
}

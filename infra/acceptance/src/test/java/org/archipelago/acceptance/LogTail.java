package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Where each write of the event log is in a write-ahead log of RocksDB, read by the tests' own lines: blocks of 32 KiB with
 * fragments (checksum 4, length 2, type 1), of which FULL or FIRST to LAST make a write; a write is a sequence number 8, a
 * count 4 and that many entries.
 */
final class LogTail {
    static final int FRAGMENT_HEADER_BYTES = 7;
    private static final int BLOCK_BYTES = 32 << 10;
    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int LAST = 4;
    private static final int BATCH_HEADER_BYTES = 12;
    /** Value of a column family; of the default one without its number. */
    private static final int COLUMN_FAMILY_VALUE = 5;

    private static final int VALUE = 1;
    /** Of the table of records: a local position. */
    private static final int POSITION_BYTES = 8;

    private LogTail() {}

    /** @param lastPosition of its records; -1 when it has none */
    record Write(int start, int end, long lastPosition) {}

    static List<Write> writes(byte[] log) {
        List<Write> writes = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        int start = 0;
        int at = 0;
        while (at + FRAGMENT_HEADER_BYTES <= log.length) {
            int left = BLOCK_BYTES - at % BLOCK_BYTES;
            int type = left < FRAGMENT_HEADER_BYTES ? 0 : bytes.get(at + 6);
            if (left < FRAGMENT_HEADER_BYTES) {
                at += left;
                continue;
            }
            if (type == 0) {
                break;
            }
            if (type == FULL || type == FIRST) {
                start = at;
                batch.reset();
            }
            int length = bytes.getShort(at + 4) & 0xFFFF;
            batch.write(log, at + FRAGMENT_HEADER_BYTES, length);
            at += FRAGMENT_HEADER_BYTES + length;
            if (type == FULL || type == LAST) {
                writes.add(new Write(start, at, lastPosition(batch.toByteArray())));
            }
        }
        return writes;
    }

    private static long lastPosition(byte[] batch) {
        ByteBuffer entries = ByteBuffer.wrap(batch).position(BATCH_HEADER_BYTES);
        long last = -1;
        while (entries.hasRemaining()) {
            int tag = entries.get();
            if (tag == COLUMN_FAMILY_VALUE) {
                varint(entries);
            } else if (tag != VALUE) {
                return last;
            }
            int keyLength = varint(entries);
            if (keyLength == POSITION_BYTES) {
                last = Math.max(last, entries.getLong(entries.position()));
            }
            entries.position(entries.position() + keyLength);
            int valueLength = varint(entries);
            entries.position(entries.position() + valueLength);
        }
        return last;
    }

    private static int varint(ByteBuffer bytes) {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            int next = bytes.get();
            value |= (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}

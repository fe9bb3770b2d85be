package org.archipelago.eventstore;

import org.archipelago.contract.Digest;
import org.archipelago.eventstore.record.LogRecord;

/** What an attacker who can write files, but has no keys, can make. */
public final class Forgery {
    private Forgery() {}

    /** One record's header over another's body, digests in order. */
    public static LogRecord withBodyOf(LogRecord header, LogRecord body) {
        byte[] bytes = header.headerBytes().clone();
        byte[] digest = Digest.sha256(body.body()).toBytes();
        System.arraycopy(digest, 0, bytes, bytes.length - digest.length, digest.length);
        return LogRecord.of(bytes, body.body());
    }

    /** As a newer program would make it, with a cipher and a hash that this one does not know. */
    static LogRecord laterSuite(LogRecord record) {
        byte[] bytes = record.headerBytes().clone();
        bytes[1] = 2;
        bytes[2] = 7;
        return LogRecord.of(bytes, new byte[] {1, 2, 3});
    }

    /** As a newer program would make it, with a header of more fields. */
    static LogRecord laterFormat(LogRecord record) {
        byte[] bytes = java.util.Arrays.copyOf(record.headerBytes(), record.headerBytes().length + 40);
        bytes[0] = 2;
        return LogRecord.of(bytes, new byte[] {4, 5});
    }
}

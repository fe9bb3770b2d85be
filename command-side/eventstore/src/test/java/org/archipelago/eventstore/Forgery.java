package org.archipelago.eventstore;

import org.archipelago.contract.Digest;
import org.archipelago.eventstore.record.LogRecord;

/** What an attacker who can write files, but has no keys, can make. */
final class Forgery {
    private Forgery() {}

    /** One record's header over another's body, digests in order. */
    static LogRecord withBodyOf(LogRecord header, LogRecord body) {
        byte[] bytes = header.headerBytes().clone();
        byte[] digest = Digest.sha256(body.body()).toBytes();
        System.arraycopy(digest, 0, bytes, bytes.length - digest.length, digest.length);
        return LogRecord.of(bytes, body.body());
    }
}

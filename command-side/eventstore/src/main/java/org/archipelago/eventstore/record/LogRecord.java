package org.archipelago.eventstore.record;

import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * A record: its header, the header's bytes (the leaf of the origin's Merkle tree) and its sealed body, which may be
 * withheld. The digest of a body that is here has been checked if its hash is known. Callers do not change the arrays.
 */
public final class LogRecord {
    private final RecordHeader header;
    private final byte[] headerBytes;
    private final byte[] body;
    private final boolean withheld;

    private LogRecord(RecordHeader header, byte[] headerBytes, byte[] body, boolean withheld) {
        this.header = header;
        this.headerBytes = headerBytes;
        this.body = body;
        this.withheld = withheld;
    }

    /**
     * The body of a record of a later format or hash is taken as it is: only a newer program can check it.
     *
     * @throws ArchiveException CORRUPT when the header is none, or the body is not the one that the header names;
     *     REQUEST_TOO_LARGE beyond {@link RecordFormat#MAX_RECORD_LENGTH_BYTES}
     */
    public static LogRecord of(byte[] headerBytes, byte[] body) {
        if (headerBytes.length + body.length > RecordFormat.MAX_RECORD_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "record of more than 512 KiB");
        }
        RecordHeader header = RecordFormat.decode(headerBytes);
        if (isDigestKnown(headerBytes, header) && !Digest.sha256(body).equals(header.body())) {
            throw new ArchiveException(ArchiveError.CORRUPT, "record body");
        }
        return new LogRecord(header, headerBytes, body, false);
    }

    /**
     * A record of which only the header is here: its place and its leaf in the tree are what they are.
     *
     * @throws ArchiveException CORRUPT when the header is none
     */
    public static LogRecord withheld(byte[] headerBytes) {
        return new LogRecord(RecordFormat.decode(headerBytes), headerBytes, new byte[0], true);
    }

    /**
     * This record with the body that was withheld.
     *
     * @throws ArchiveException CORRUPT when the header names another body; NEWER_PROGRAM when this program does not know the
     *     hash that would tell; REQUEST_TOO_LARGE
     */
    public LogRecord filled(byte[] withheldBody) {
        if (!isDigestKnown(headerBytes, header)) {
            throw new ArchiveException(ArchiveError.NEWER_PROGRAM, "hash of a withheld body");
        }
        return of(headerBytes, withheldBody);
    }

    private static boolean isDigestKnown(byte[] headerBytes, RecordHeader header) {
        return RecordFormat.isKnown(headerBytes) && header.suite().isHashKnown();
    }

    /** Whether the body is not here. */
    public boolean isWithheld() {
        return withheld;
    }

    public RecordHeader header() {
        return header;
    }

    public byte[] headerBytes() {
        return headerBytes;
    }

    /** Empty when it is withheld. */
    public byte[] body() {
        return body;
    }

    /** Whether this program knows the header's format and the suite: else the body cannot be opened here. */
    public boolean isSuiteKnown() {
        return RecordFormat.isKnown(headerBytes) && header.suite().isKnown();
    }

    public int lengthBytes() {
        return headerBytes.length + body.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogRecord record
                && withheld == record.withheld
                && Arrays.equals(headerBytes, record.headerBytes)
                && Arrays.equals(body, record.body);
    }

    @Override
    public int hashCode() {
        return header.id().hashCode();
    }

    /** Id and type only. */
    @Override
    public String toString() {
        return header.id() + " " + header.type();
    }
}

package org.archipelago.federation.link;

import java.util.Arrays;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.eventstore.record.RecordFormat;

/**
 * A record as it travels: bytes, of which nothing has been looked at but their length. Callers do not change the arrays.
 *
 * @param header its bytes, the leaf of the origin's tree
 * @param body sealed; empty when the sender withholds it or has it no more
 */
public record LinkRecord(byte[] header, Optional<byte[]> body) {
    /** @throws ArchiveException REQUEST_TOO_LARGE when no record is so long */
    public LinkRecord {
        if (header.length > RecordFormat.MAX_HEADER_LENGTH_BYTES
                || lengthBytes(header, body) > RecordFormat.MAX_RECORD_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "record from a peer");
        }
    }

    public static LinkRecord whole(byte[] header, byte[] body) {
        return new LinkRecord(header, Optional.of(body));
    }

    public static LinkRecord withheld(byte[] header) {
        return new LinkRecord(header, Optional.empty());
    }

    public int lengthBytes() {
        return lengthBytes(header, body);
    }

    private static int lengthBytes(byte[] header, Optional<byte[]> body) {
        return header.length + body.map(bytes -> bytes.length).orElse(0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LinkRecord that
                && Arrays.equals(header, that.header)
                && body.isPresent() == that.body.isPresent()
                && Arrays.equals(body.orElse(new byte[0]), that.body.orElse(new byte[0]));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(header);
    }

    /** Lengths only. */
    @Override
    public String toString() {
        return header.length + " + "
                + body.map(bytes -> Integer.toString(bytes.length)).orElse("withheld");
    }
}

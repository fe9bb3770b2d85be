package org.archipelago.contract.study;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** Names one stored encoding of one instance: the first 128 bits of SHA-256 over transfer syntax and digest, in hexadecimal. */
public record VersionId(String value) {
    private static final int LENGTH_BYTES = 16;

    public static VersionId of(TransferSyntaxUid transferSyntax, Digest digest) {
        byte[] syntax = (transferSyntax.value() + "\u0000").getBytes(StandardCharsets.UTF_8);
        byte[] full = Digest.sha256(syntax, digest.toBytes()).toBytes();
        return new VersionId(HexFormat.of().formatHex(Arrays.copyOf(full, LENGTH_BYTES)));
    }

    @Override
    public String toString() {
        return value;
    }
}

package org.archipelago.contract;

/** The name of a blob: a digest of its encrypted bytes as they are stored. */
public record BlobId(Digest digest) {
    public static BlobId parse(String hex) {
        return new BlobId(Digest.parse(hex));
    }

    @Override
    public String toString() {
        return digest.toString();
    }
}

package org.archipelago.federation.identity;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.note.VerifierKey;

/**
 * What two people read to each other before their sites trust one another: SHA-256 of a site's name and signing key, so that it
 * stands for both. Its first eight digits are the key id in the site's checkpoints.
 */
public record SiteFingerprint(Digest digest) {
    private static final int GROUP_DIGITS = 4;
    private static final int MAX_LENGTH_CHARS = 256;

    /** @param key of {@link org.archipelago.federation.note.SignatureType#ED25519} */
    public static SiteFingerprint of(VerifierKey key) {
        return new SiteFingerprint(key.digest());
    }

    /**
     * As {@link #toString} has it; spaces, line breaks and the case of letters do not count.
     *
     * @throws ArchiveException INVALID_REQUEST
     */
    public static SiteFingerprint parse(String text) {
        try {
            if (text.length() <= MAX_LENGTH_CHARS) {
                return new SiteFingerprint(Digest.parse(text.replaceAll("\\s", "")));
            }
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "fingerprint", e);
        }
        throw new ArchiveException(ArchiveError.INVALID_REQUEST, "fingerprint");
    }

    /** Sixteen groups of four hexadecimal digits. */
    @Override
    public String toString() {
        String digits = digest.toString();
        return IntStream.range(0, digits.length() / GROUP_DIGITS)
                .mapToObj(group -> digits.substring(group * GROUP_DIGITS, (group + 1) * GROUP_DIGITS))
                .collect(Collectors.joining(" "));
    }
}

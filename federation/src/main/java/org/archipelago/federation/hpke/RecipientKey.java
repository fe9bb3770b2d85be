package org.archipelago.federation.hpke;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.HybridEncrypt;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.hybrid.HpkePublicKey;
import com.google.crypto.tink.util.Bytes;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * What others seal to a site with: an X25519 public key.
 *
 * @param hex its 32 bytes as 64 lower-case hexadecimal digits
 */
public record RecipientKey(String hex) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{" + 2 * Hpke.KEY_BYTES + "}");

    /** @throws ArchiveException INVALID_REQUEST */
    public RecipientKey {
        if (!FORM.matcher(hex).matches()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "key to seal to");
        }
    }

    /** Its name. */
    public Digest id() {
        return Digest.sha256(bytes());
    }

    /**
     * Anew each time. Who sealed it, it does not tell.
     *
     * @param info what it is opened with, too
     * @return encapsulated key (32 bytes), cipher text, tag
     * @throws ArchiveException INVALID_REQUEST when nothing can be sealed to such a key
     */
    public byte[] seal(byte[] plain, byte[] info) {
        try {
            return Hpke.only(inTink())
                    .getPrimitive(RegistryConfiguration.get(), HybridEncrypt.class)
                    .encrypt(plain, info);
        } catch (GeneralSecurityException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "key to seal to", e);
        }
    }

    @AccessesPartialKey
    HpkePublicKey inTink() throws GeneralSecurityException {
        return HpkePublicKey.create(Hpke.PARAMETERS, Bytes.copyFrom(bytes()), null);
    }

    private byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}

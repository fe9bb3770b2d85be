package org.archipelago.federation.hpke;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.HybridDecrypt;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.hybrid.HpkePrivateKey;
import com.google.crypto.tink.util.SecretBytes;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** What a site opens that others have sealed to it. Thread-safe. */
@AccessesPartialKey
public final class RecipientKeyPair {
    private final HpkePrivateKey key;
    private final RecipientKey publicKey;
    private final HybridDecrypt opening;

    private RecipientKeyPair(HpkePrivateKey key) throws GeneralSecurityException {
        this.key = key;
        this.publicKey = new RecipientKey(
                HexFormat.of().formatHex(key.getPublicKey().getPublicKeyBytes().toByteArray()));
        this.opening = Hpke.only(key).getPrimitive(RegistryConfiguration.get(), HybridDecrypt.class);
    }

    public static RecipientKeyPair generate() {
        try {
            KeysetHandle made = KeysetHandle.generateNew(Hpke.PARAMETERS);
            return new RecipientKeyPair((HpkePrivateKey) made.getPrimary().getKey());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a suite that Tink has", e);
        }
    }

    /** @throws ArchiveException CORRUPT when the two do not belong together, or are no keys */
    public static RecipientKeyPair of(String privateHex, RecipientKey publicKey) {
        try {
            byte[] bytes = HexFormat.of().parseHex(privateHex);
            return new RecipientKeyPair(HpkePrivateKey.create(
                    publicKey.inTink(), SecretBytes.copyFrom(bytes, InsecureSecretKeyAccess.get())));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw new ArchiveException(
                    ArchiveError.CORRUPT, "key pair"); // without its cause, which could quote the key
        }
    }

    public RecipientKey publicKey() {
        return publicKey;
    }

    /** For its file. */
    public String privateHex() {
        return HexFormat.of().formatHex(key.getPrivateKeyBytes().toByteArray(InsecureSecretKeyAccess.get()));
    }

    /** Empty when it was altered, sealed to another, or with another info. */
    public Optional<byte[]> open(byte[] sealed, byte[] info) {
        try {
            return Optional.of(opening.decrypt(sealed, info));
        } catch (GeneralSecurityException | RuntimeException _) {
            return Optional.empty();
        }
    }

    /** The public key only. */
    @Override
    public String toString() {
        return publicKey.toString();
    }
}

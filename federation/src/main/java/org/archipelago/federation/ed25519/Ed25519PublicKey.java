package org.archipelago.federation.ed25519;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** A public key: 32 bytes (RFC 8032 §5.1.2). Equal by value. */
public final class Ed25519PublicKey {
    public static final int LENGTH_BYTES = 32;
    public static final int SIGNATURE_LENGTH_BYTES = 64;

    /** SubjectPublicKeyInfo up to the key (RFC 8410 §4). */
    private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private final byte[] bytes;
    private final PublicKey key;

    private Ed25519PublicKey(byte[] bytes, PublicKey key) {
        this.bytes = bytes;
        this.key = key;
    }

    /** @throws ArchiveException INVALID_REQUEST unless the bytes encode a point of the curve */
    public static Ed25519PublicKey of(byte[] bytes) {
        if (bytes.length != LENGTH_BYTES) {
            throw new ArchiveException(
                    ArchiveError.INVALID_REQUEST, "Ed25519 public key of " + bytes.length + " bytes");
        }
        try {
            PublicKey key = KeyFactory.getInstance(Ed25519KeyPair.ALGORITHM)
                    .generatePublic(new X509EncodedKeySpec(Der.join(X509_PREFIX, bytes)));
            verifier(key); // decodes the point
            return new Ed25519PublicKey(bytes.clone(), key);
        } catch (InvalidKeyException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "Ed25519 public key", e);
        } catch (GeneralSecurityException e) {
            throw Ed25519KeyPair.missing(e);
        }
    }

    /** As SubjectPublicKeyInfo, DER. */
    public static Ed25519PublicKey ofX509(byte[] encoded) {
        return of(Der.behind(X509_PREFIX, encoded, "X.509 Ed25519 public key"));
    }

    public byte[] toX509() {
        return Der.join(X509_PREFIX, bytes);
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    /** False for whatever is no signature at all, too. */
    public boolean verifies(byte[] message, byte[] signature) {
        if (signature.length != SIGNATURE_LENGTH_BYTES) {
            return false;
        }
        try {
            Signature verifier = verifier(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (SignatureException _) {
            return false;
        } catch (GeneralSecurityException e) {
            throw Ed25519KeyPair.missing(e);
        }
    }

    private static Signature verifier(PublicKey key) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance(Ed25519KeyPair.ALGORITHM);
        verifier.initVerify(key);
        return verifier;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ed25519PublicKey that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** 64 lower-case hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}

package org.archipelago.federation.ed25519;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** A private key and its public key. Signatures are deterministic: one for each message. Thread-safe. */
public final class Ed25519KeyPair {
    static final String ALGORITHM = "Ed25519";

    private static final int SEED_LENGTH_BYTES = 32;
    /** PrivateKeyInfo, version 1, up to the seed (RFC 8410 §7). */
    private static final byte[] PKCS8_PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final byte[] TRIAL = {1, 2, 3};

    private final PrivateKey secret;
    private final Ed25519PublicKey publicKey;

    private Ed25519KeyPair(PrivateKey secret, Ed25519PublicKey publicKey) {
        this.secret = secret;
        this.publicKey = publicKey;
    }

    public static Ed25519KeyPair generate(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
            generator.initialize(NamedParameterSpec.ED25519, random);
            KeyPair pair = generator.generateKeyPair();
            return new Ed25519KeyPair(
                    pair.getPrivate(), Ed25519PublicKey.ofX509(pair.getPublic().getEncoded()));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /**
     * @param encoded PrivateKeyInfo, DER, without the optional public key
     * @throws ArchiveException INVALID_REQUEST when it is none, or not of this public key
     */
    public static Ed25519KeyPair ofPkcs8(byte[] encoded, Ed25519PublicKey publicKey) {
        byte[] seed = Der.behind(PKCS8_PREFIX, encoded, "PKCS #8 Ed25519 private key");
        if (seed.length != SEED_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "PKCS #8 Ed25519 private key");
        }
        try {
            PrivateKey secret = KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            Ed25519KeyPair pair = new Ed25519KeyPair(secret, publicKey);
            if (!publicKey.verifies(TRIAL, pair.sign(TRIAL))) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "private key of another public key");
            }
            return pair;
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** The secret itself, as PrivateKeyInfo, DER: for the file that it is kept in. */
    public byte[] toPkcs8() {
        return secret.getEncoded();
    }

    public Ed25519PublicKey publicKey() {
        return publicKey;
    }

    public byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance(ALGORITHM);
            signer.initSign(secret);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("every Java platform since 15 has Ed25519", e);
    }

    /** The public key only. */
    @Override
    public String toString() {
        return publicKey.toString();
    }
}

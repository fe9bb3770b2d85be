package org.archipelago.federation.note;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.ed25519.Ed25519PublicKey;

/** A key that notes are verified with, under the name that it signs as, for one type of signature (C2SP signed-note, "Verifier keys"). */
public record VerifierKey(String name, SignatureType type, Ed25519PublicKey key) {
    private static final int MAX_LENGTH_CHARS = 512;

    /** @throws ArchiveException INVALID_REQUEST for a name that no key may have */
    public VerifierKey {
        KeyNames.require(name);
    }

    /**
     * {@code <name>+<key id in 8 hexadecimal digits>+<base64 of type and key>}.
     *
     * @throws ArchiveException INVALID_REQUEST for anything else, another key id, or a type that is not known here
     */
    public static VerifierKey parse(String text) {
        String[] parts = text.length() > MAX_LENGTH_CHARS ? new String[0] : text.split("\\+", 3);
        if (parts.length != 3) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "verifier key");
        }
        ByteBuffer material = ByteBuffer.wrap(StrictBase64.decode(parts[2], "verifier key"));
        if (material.remaining() != 1 + Ed25519PublicKey.LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "verifier key");
        }
        SignatureType type = SignatureType.of(material.get());
        byte[] bytes = new byte[Ed25519PublicKey.LENGTH_BYTES];
        material.get(bytes);
        VerifierKey key = new VerifierKey(parts[0], type, Ed25519PublicKey.of(bytes));
        if (!key.keyIdText().equals(parts[1])) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "key id of a verifier key");
        }
        return key;
    }

    /** What its id is the beginning of: names the name, the type and the key. */
    public Digest digest() {
        return Digest.sha256(
                (name + "\n").getBytes(StandardCharsets.UTF_8), new byte[] {type.identifier()}, key.toBytes());
    }

    public int keyId() {
        return (int) (digest().first() >>> Integer.SIZE);
    }

    private String keyIdText() {
        return HexFormat.of().toHexDigits(keyId());
    }

    boolean hasMade(NoteSignature signature) {
        return signature.keyId() == keyId() && signature.keyName().equals(name);
    }

    boolean verifies(String text, NoteSignature signature) {
        return switch (type) {
            case ED25519 -> key.verifies(text.getBytes(StandardCharsets.UTF_8), signature.signature());
            case COSIGNATURE -> Cosignature.verifies(key, text, signature.signature());
        };
    }

    @Override
    public String toString() {
        byte[] material = ByteBuffer.allocate(1 + Ed25519PublicKey.LENGTH_BYTES)
                .put(type.identifier())
                .put(key.toBytes())
                .array();
        return name + "+" + keyIdText() + "+" + StrictBase64.encode(material);
    }
}

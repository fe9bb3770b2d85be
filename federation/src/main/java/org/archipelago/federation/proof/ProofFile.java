package org.archipelago.federation.proof;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.record.RecordFormat;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.ed25519.Ed25519PublicKey;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.identity.SiteKeyName;
import org.archipelago.federation.merkle.InclusionProof;
import org.archipelago.federation.merkle.MerkleHash;
import org.archipelago.federation.note.SignatureType;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.StrictBase64;
import org.archipelago.federation.note.VerifierKey;

/**
 * That a record is in an origin's log, for whoever has nothing but this file and the origin's fingerprint. The form is C2SP
 * tlog-proof, whose line {@code extra} holds, base64: {@code 1}, the origin's signing key (32 bytes), the record's header. So it
 * tells what a header tells and nothing of what happened; the record's body can be shown beside it, since the header has its digest.
 *
 * @param key of the origin, as the file has it: believed only once it has a fingerprint that is trusted
 * @param header bytes of the record's header. Callers do not change the array
 */
public record ProofFile(Ed25519PublicKey key, byte[] header, InclusionProof inclusion, SignedNote checkpoint) {
    public static final int MAX_LENGTH_BYTES = SignedNote.MAX_LENGTH_BYTES + 16 * 1024;

    private static final String VERSION = "c2sp.org/tlog-proof@v1";
    private static final String EXTRA = "extra ";
    private static final String INDEX = "index ";
    private static final byte EXTRA_VERSION = 1;
    private static final int FIXED_LINES = 3;

    /** @throws ArchiveException REQUEST_TOO_LARGE when no header is so long */
    public ProofFile {
        if (header.length > RecordFormat.MAX_HEADER_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "record header");
        }
    }

    /** @throws ArchiveException INVALID_REQUEST or REQUEST_TOO_LARGE unless it is one, in its one form */
    public static ProofFile parse(byte[] bytes) {
        if (bytes.length > MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "proof of more than 144 KiB");
        }
        String text = decode(bytes);
        int blank = text.indexOf("\n\n");
        String[] lines = text.substring(0, Math.max(blank, 0)).split("\n", -1);
        boolean formed = lines.length >= FIXED_LINES
                && lines[0].equals(VERSION)
                && lines[1].startsWith(EXTRA)
                && lines[2].startsWith(INDEX);
        require(formed, "form of a proof");
        byte[] extra = StrictBase64.decode(lines[1].substring(EXTRA.length()), "extra of a proof");
        require(extra.length > 1 + Ed25519PublicKey.LENGTH_BYTES && extra[0] == EXTRA_VERSION, "extra of a proof");
        SignedNote note = SignedNote.parse(text.substring(blank + 2).getBytes(StandardCharsets.UTF_8));
        long size = Checkpoint.parse(note.text()).size();
        List<Digest> path =
                Arrays.stream(lines).skip(FIXED_LINES).map(ProofFile::hash).toList();
        return new ProofFile(
                Ed25519PublicKey.of(Arrays.copyOfRange(extra, 1, 1 + Ed25519PublicKey.LENGTH_BYTES)),
                Arrays.copyOfRange(extra, 1 + Ed25519PublicKey.LENGTH_BYTES, extra.length),
                new InclusionProof(index(lines[2].substring(INDEX.length())), size, path),
                note);
    }

    private static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "proof that is not UTF-8", e);
        }
    }

    private static Digest hash(String line) {
        byte[] bytes = StrictBase64.decode(line, "path of a proof");
        require(bytes.length == Digest.LENGTH_BYTES, "path of a proof");
        return Digest.of(bytes);
    }

    private static long index(String text) {
        try {
            long index = Long.parseLong(text);
            require(Long.toString(index).equals(text), "index of a proof");
            return index;
        } catch (NumberFormatException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "index of a proof", e);
        }
    }

    public byte[] toBytes() {
        byte[] extra = ByteBuffer.allocate(1 + Ed25519PublicKey.LENGTH_BYTES + header.length)
                .put(EXTRA_VERSION)
                .put(key.toBytes())
                .put(header)
                .array();
        List<String> lines = new ArrayList<>();
        lines.add(VERSION);
        lines.add(EXTRA + StrictBase64.encode(extra));
        lines.add(INDEX + inclusion.index());
        inclusion.path().forEach(hash -> lines.add(StrictBase64.encode(hash.toBytes())));
        return (String.join("\n", lines) + "\n\n" + checkpoint).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Whose proof it says to be: for people, who compare it with what they know from elsewhere.
     *
     * @throws ArchiveException INVALID_REQUEST
     */
    public SiteFingerprint statedFingerprint() {
        return SiteFingerprint.of(statedKey());
    }

    private VerifierKey statedKey() {
        String name = checkpoint.text().substring(0, checkpoint.text().indexOf('\n'));
        return new VerifierKey(name, SignatureType.ED25519, key);
    }

    /**
     * Whether it proves anything, and what.
     *
     * @param trusted the origin's fingerprint, from elsewhere than this file
     * @param cosigners whose cosignatures are looked for; those of others are passed over
     * @throws ArchiveException NOT_VERIFIED when it proves nothing; CORRUPT when what it proves is no record's header
     */
    public Proven check(SiteFingerprint trusted, List<VerifierKey> cosigners) {
        VerifierKey origin = statedKey();
        if (!SiteFingerprint.of(origin).equals(trusted)) {
            throw new ArchiveException(
                    ArchiveError.NOT_VERIFIED, "proof under another key than the one that is trusted");
        }
        SignedCheckpoint signed = SignedCheckpoint.verify(checkpoint, origin);
        Digest root = signed.checkpoint().root();
        boolean included = inclusion.size() == signed.size() && inclusion.proves(MerkleHash.leaf(header), root);
        if (!included) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "inclusion of a record");
        }
        RecordHeader record = RecordFormat.decode(header);
        if (!record.origin().equals(SiteKeyName.parse(origin.name()))) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "record of another origin than the log's");
        }
        return new Proven(
                record,
                new OriginPosition(inclusion.index()),
                signed.checkpoint(),
                cosigners.stream()
                        .flatMap(cosigner ->
                                signed.cosignedBy(cosigner).map(at -> new Proven.Cosigned(cosigner, at)).stream())
                        .toList());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProofFile that && Arrays.equals(toBytes(), that.toBytes());
    }

    @Override
    public int hashCode() {
        return checkpoint.hashCode();
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }
}

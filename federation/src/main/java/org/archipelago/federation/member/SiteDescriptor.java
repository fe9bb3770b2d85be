package org.archipelago.federation.member;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.identity.SiteKeyName;
import org.archipelago.federation.note.SignatureType;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;

/**
 * What a site tells of itself in a file that people carry: a note that its own key has signed. It is believed once a person has
 * compared its fingerprint with what the site's people say.
 *
 * <pre>
 * archipelago site descriptor 1
 * key archipelago/3f2b...+1a2b3c4d+AbCd...
 * label north
 * tls 64 hexadecimal digits
 * seal 64 hexadecimal digits
 * issued 2026-11-29T15:00:00Z
 * address north.example:8441      left out by a site that takes no calls
 * invitation UUID                 one of these two at most
 * answers UUID
 * </pre>
 *
 * @param key what the site signs with
 * @param label a word for people
 * @param tls SHA-256 of the certificate that it shows on every connection
 * @param recipient what keys for it are sealed with
 * @param issued whole seconds; of two descriptors of a site, the later counts
 * @param invitation the event that it was written for; whoever accepts it answers that
 * @param answers the invitation of another that it answers
 */
public record SiteDescriptor(
        VerifierKey key,
        String label,
        Digest tls,
        RecipientKey recipient,
        Instant issued,
        Optional<PeerAddress> address,
        Optional<UUID> invitation,
        Optional<UUID> answers) {
    public static final int MAX_LENGTH_BYTES = 4 * 1024;

    private static final String VERSION = "archipelago site descriptor 1";
    private static final Pattern LABEL = Pattern.compile("[a-z][a-z0-9-]{0,30}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /** @throws ArchiveException INVALID_REQUEST */
    public SiteDescriptor {
        SiteKeyName.parse(key.name());
        require(key.type() == SignatureType.ED25519, "type of a site's key");
        require(LABEL.matcher(label).matches(), "label of a site");
        require(issued.equals(issued.truncatedTo(ChronoUnit.SECONDS)), "time of a site descriptor");
        require(invitation.isEmpty() || answers.isEmpty(), "invitation of a site descriptor");
    }

    /**
     * Verified with the key that it names, and so of one piece; whose it is, {@link #fingerprint} tells.
     *
     * @throws ArchiveException INVALID_REQUEST or REQUEST_TOO_LARGE when it is none; NOT_VERIFIED when that key has not signed it
     */
    public static SiteDescriptor parse(byte[] bytes) {
        if (bytes.length > MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "site descriptor of more than 4 KiB");
        }
        SignedNote note = SignedNote.parse(bytes);
        SiteDescriptor descriptor = ofText(note.text());
        if (!note.verifiedBy(descriptor.key)) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "site descriptor");
        }
        return descriptor;
    }

    private static SiteDescriptor ofText(String text) {
        Iterator<String> lines = Arrays.asList(text.split("\n")).iterator();
        require(lines.hasNext() && lines.next().equals(VERSION), "version of a site descriptor");
        SiteDescriptor read = new SiteDescriptor(
                VerifierKey.parse(mandatory(lines, "key ")),
                mandatory(lines, "label "),
                digest(mandatory(lines, "tls ")),
                new RecipientKey(mandatory(lines, "seal ")),
                instant(mandatory(lines, "issued ")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        while (lines.hasNext()) {
            read = read.with(lines.next());
        }
        require(read.text().equals(text), "form of a site descriptor");
        return read;
    }

    /** Each line in its one place: the text that comes of them is compared with what was read. */
    private SiteDescriptor with(String line) {
        String[] words = line.split(" ", 2);
        require(words.length == 2, "line of a site descriptor");
        return switch (words[0]) {
            case "address" ->
                new SiteDescriptor(
                        key,
                        label,
                        tls,
                        recipient,
                        issued,
                        Optional.of(PeerAddress.parse(words[1])),
                        invitation,
                        answers);
            case "invitation" ->
                new SiteDescriptor(key, label, tls, recipient, issued, address, Optional.of(uuid(words[1])), answers);
            case "answers" ->
                new SiteDescriptor(
                        key, label, tls, recipient, issued, address, invitation, Optional.of(uuid(words[1])));
            default -> throw new ArchiveException(ArchiveError.INVALID_REQUEST, "line of a site descriptor");
        };
    }

    private static String mandatory(Iterator<String> lines, String name) {
        String line = lines.hasNext() ? lines.next() : "";
        require(line.startsWith(name), name.strip() + " of a site descriptor");
        return line.substring(name.length());
    }

    private static Digest digest(String hex) {
        require(DIGEST.matcher(hex).matches(), "certificate of a site descriptor");
        return Digest.parse(hex);
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "time of a site descriptor", e);
        }
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "invitation of a site descriptor", e);
        }
    }

    private String text() {
        List<String> lines = new ArrayList<>(List.of(
                VERSION, "key " + key, "label " + label, "tls " + tls, "seal " + recipient, "issued " + issued));
        address.ifPresent(at -> lines.add("address " + at));
        invitation.ifPresent(id -> lines.add("invitation " + id));
        answers.ifPresent(id -> lines.add("answers " + id));
        return String.join("\n", lines) + "\n";
    }

    /** @throws IllegalArgumentException the identity is another's than the descriptor's */
    public SignedNote signedBy(SiteIdentity identity) {
        if (!identity.verifierKey().equals(key)) {
            throw new IllegalArgumentException("a site describes itself");
        }
        return new SignedNote(text(), List.of(identity.signer().sign(text())));
    }

    public SiteId site() {
        return SiteKeyName.parse(key.name());
    }

    public SiteFingerprint fingerprint() {
        return SiteFingerprint.of(key);
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }
}

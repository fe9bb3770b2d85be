package org.archipelago.federation.recovery;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;

/**
 * What a site that was destroyed has back, and what it has not, as a note that it signs. Sites and numbers only. Its first line is never
 * that of a checkpoint.
 *
 * <pre>
 * archipelago recovery report 1
 * origin archipelago/3f2b...
 * records 1200                    with the root of their tree
 * root 64 hexadecimal digits
 * seen 1204                       by any peer that answered, as the site had signed
 * seen-root 64 hexadecimal digits
 * lost-records 4
 * log-at 2026-11-30T02:00:00Z
 * closed access 17                records that nobody can open, by kind
 * keys SITE INDEX 12              that came back, by who gave them and class
 * refused SITE 1                  keys that the log does not name
 * blobs 340
 * blob-bytes 178000000
 * blobs-at-no-holder 0
 * blobs-without-key 0
 * at 2026-11-30T02:10:00Z
 * </pre>
 */
public record RecoveryReport(RecoveredLog log, KeySources keys, Blobs blobs, Instant at) {
    private static final String VERSION = "archipelago recovery report 1";

    /**
     * @param bytes as they are stored
     * @param atNoHolder that no member has
     * @param withoutKey that no key opens any more
     */
    public record Blobs(long recovered, long bytes, long atNoHolder, long withoutKey) {}

    public SignedNote signedBy(SiteIdentity site) {
        List<String> lines = new ArrayList<>(List.of(
                VERSION,
                "origin " + site.verifierKey().name(),
                "records " + log.size(),
                "root " + log.root(),
                "seen " + log.seenSize(),
                "seen-root " + log.seenRoot(),
                "lost-records " + Math.max(0, log.seenSize() - log.size()),
                "log-at " + log.recoveredAt()));
        new TreeMap<>(log.closed()).forEach((kind, number) -> lines.add("closed " + kind + " " + number));
        keys.given()
                .forEach((peer, classes) -> classes.forEach(
                        (keyClass, number) -> lines.add("keys " + peer + " " + keyClass + " " + number)));
        keys.refused().forEach((peer, number) -> lines.add("refused " + peer + " " + number));
        lines.add("blobs " + blobs.recovered());
        lines.add("blob-bytes " + blobs.bytes());
        lines.add("blobs-at-no-holder " + blobs.atNoHolder());
        lines.add("blobs-without-key " + blobs.withoutKey());
        lines.add("at " + at);
        String text = String.join("\n", lines) + "\n";
        return new SignedNote(text, List.of(site.signer().sign(text)));
    }

    /**
     * Its text.
     *
     * @throws ArchiveException NOT_VERIFIED when this site did not sign it, or it is none
     */
    public static String verified(byte[] note, VerifierKey site) {
        SignedNote signed = SignedNote.parse(note);
        if (!signed.verifiedBy(site) || !signed.text().startsWith(VERSION + "\n")) {
            throw new ArchiveException(ArchiveError.NOT_VERIFIED, "recovery report");
        }
        return signed.text();
    }
}

package org.archipelago.contract.log;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.study.StudyCopyId;

/**
 * Names streams and claims so that nobody without the site secret can tell, or guess and check, what they are about.
 * HMAC-SHA-256 cut to 128 bits (RFC 2104 §5). Thread-safe.
 */
public final class StreamNames {
    public static final int SECRET_LENGTH_BYTES = 32;
    private static final int NAME_LENGTH_BYTES = 16;
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{" + 2 * NAME_LENGTH_BYTES + "}");
    private static final String QUARANTINE = "quarantine";

    private final SiteId site;
    private final SecretKeySpec secret;
    /** Never fed, only copied: to look up and key one takes longer than to name something with it. */
    private final Mac keyed;

    public StreamNames(SiteId site, byte[] secret) {
        if (secret.length != SECRET_LENGTH_BYTES) {
            throw new IllegalArgumentException("a site secret has 32 bytes");
        }
        this.site = site;
        this.secret = new SecretKeySpec(secret, "HmacSHA256");
        this.keyed = newMac();
    }

    public SiteId site() {
        return site;
    }

    public StudyCopyId study(StudyInstanceUid uid) {
        return new StudyCopyId(stream("study", uid.value()));
    }

    public PatientRecordId patient(PatientIdentifier identifier) {
        return new PatientRecordId(stream("patient", identifier.issuer() + "\u0000" + identifier.id()));
    }

    /**
     * The record that follows erased ones of the same identifier: an erasure is for ever, and the patient may come again.
     *
     * @param generation 0 for the first record, then one more for each that was erased
     */
    public PatientRecordId patient(PatientIdentifier identifier, int generation) {
        return generation == 0
                ? patient(identifier)
                : new PatientRecordId(
                        stream("patient", identifier.issuer() + "\u0000" + identifier.id() + "\u0000" + generation));
    }

    /**
     * Whom the access records of a subject are about once its earlier audit keys were destroyed.
     *
     * @param generation from 1, one more for each key that was destroyed
     */
    public StreamId audit(StreamId subject, int generation) {
        return stream("audit", subject.value() + "\u0000" + generation);
    }

    public AccessSessionId access(String naturalKey) {
        return new AccessSessionId(stream("access", naturalKey));
    }

    public QuarantineId quarantine(String naturalKey) {
        return new QuarantineId(stream(QUARANTINE, naturalKey));
    }

    /**
     * The quarantined object whose stream has this name ({@link StreamId#name}); the log tells whether there is one.
     *
     * @throws org.archipelago.contract.ArchiveException NOT_FOUND when no stream can have it
     */
    public QuarantineId quarantineNamed(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "quarantined object");
        }
        return new QuarantineId(new StreamId(site + "/" + QUARANTINE + "/" + name));
    }

    public StreamId site(String naturalKey) {
        return stream("site", naturalKey);
    }

    /** What is on record of this site's replica of an origin. */
    public StreamId replica(SiteId origin) {
        return stream("replica", origin.toString());
    }

    /** What a site was granted of this one's keys as every member is; also the subject of the key of all that it was granted. */
    public StreamId grants(SiteId peer) {
        return stream("grant", peer.toString());
    }

    /** That the pixel key of a study was released to a site. */
    public StreamId release(SiteId peer, StreamId study) {
        return stream("grant", peer + "\u0000" + study);
    }

    /** To whom a study of this site is assigned. */
    public StreamId assignment(StudyCopyId study) {
        return stream("assignment", study.stream().value());
    }

    /** What this site holds of a study of another. */
    public StreamId held(StudyCopyId study) {
        return stream("held", study.stream().value());
    }

    /** What this site offers to hold of others. */
    public StreamId capacity() {
        return stream("capacity", "blobs");
    }

    /** What another site was given back of its own keys. */
    public StreamId returned(SiteId site) {
        return stream("returned", site.toString());
    }

    /** A name for a claim of the given kind ({@link UniqueClaim}). */
    public String claim(String kind, String naturalKey) {
        return name("claim/" + kind, naturalKey);
    }

    private StreamId stream(String kind, String naturalKey) {
        return new StreamId(site + "/" + kind + "/" + name(kind, naturalKey));
    }

    private String name(String kind, String naturalKey) {
        Mac mac = mac();
        mac.update(kind.getBytes(StandardCharsets.UTF_8));
        mac.update((byte) 0);
        byte[] full = mac.doFinal(naturalKey.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(Arrays.copyOf(full, NAME_LENGTH_BYTES));
    }

    private Mac mac() {
        try {
            return (Mac) keyed.clone();
        } catch (CloneNotSupportedException _) {
            return newMac();
        }
    }

    private Mac newMac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}

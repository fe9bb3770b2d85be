package org.archipelago.federation.identity;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.ed25519.Ed25519KeyPair;
import org.archipelago.federation.note.NoteSigner;
import org.archipelago.federation.note.SignatureType;
import org.archipelago.federation.note.VerifierKey;

/** A site, and the keys by which others know it. They are in a directory of their own, apart from what a data backup takes. */
public final class SiteIdentity {
    private static final String SIGNING_KEY = "signing-key.pem";

    private final SiteId site;
    private final NoteSigner signer;

    private SiteIdentity(SiteId site, Ed25519KeyPair keys) {
        this.site = site;
        this.signer = new NoteSigner(SiteKeyName.of(site), keys);
    }

    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(SIGNING_KEY));
    }

    /**
     * Makes the keys of a site that has none; durable on return.
     *
     * @throws FileAlreadyExistsException there are keys: they are never overwritten
     */
    public static SiteIdentity create(Path directory, SiteId site, SecureRandom random) throws IOException {
        DurableFile.createDirectories(directory);
        Ed25519KeyPair keys = Ed25519KeyPair.generate(random);
        SigningKeyFile.create(directory.resolve(SIGNING_KEY), site, keys);
        return new SiteIdentity(site, keys);
    }

    /**
     * @throws ArchiveException NOT_FOUND; NOT_AUTHORIZED when others than the owner may do anything with a key; CORRUPT when it is
     *     none; INVALID_REQUEST when it is another site's
     */
    public static SiteIdentity open(Path directory, SiteId site) throws IOException {
        return new SiteIdentity(site, SigningKeyFile.read(directory.resolve(SIGNING_KEY), site));
    }

    /**
     * Whose keys are in this directory; they are not opened.
     *
     * @throws ArchiveException NOT_FOUND, CORRUPT
     */
    public static SiteId siteOf(Path directory) throws IOException {
        return SigningKeyFile.site(directory.resolve(SIGNING_KEY));
    }

    public SiteId site() {
        return site;
    }

    /** Signs and cosigns checkpoints as this site. */
    public NoteSigner signer() {
        return signer;
    }

    /** What its checkpoints are verified with. */
    public VerifierKey verifierKey() {
        return signer.verifierKey(SignatureType.ED25519);
    }

    /** What its cosignatures are verified with. */
    public VerifierKey cosignerKey() {
        return signer.verifierKey(SignatureType.COSIGNATURE);
    }

    public SiteFingerprint fingerprint() {
        return SiteFingerprint.of(verifierKey());
    }

    /** Site and fingerprint only. */
    @Override
    public String toString() {
        return site + " (" + fingerprint() + ")";
    }
}

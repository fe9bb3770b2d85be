package org.archipelago.federation.identity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.note.StrictBase64;

/**
 * The key and self-signed certificate of a site's connections, in {@code tls.pem} of mode 0600. Others know the certificate by the
 * descriptor that the site's signing key signs; no authority vouches for it. P-256, which every TLS library has.
 *
 * @param certificate under the name that the site signs as
 */
public record TlsIdentity(X509Certificate certificate, PrivateKey key) {
    /** Of the certificate. Rotated before that; a site whose clock is years behind still takes it. */
    private static final Duration VALID = Duration.ofDays(3650);

    private static final Duration VALID_BEFORE = Duration.ofDays(3 * 365);

    private static final String FILE = "tls.pem";
    private static final String BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----";
    private static final String END_CERTIFICATE = "-----END CERTIFICATE-----";
    private static final String BEGIN_KEY = "-----BEGIN PRIVATE KEY-----";
    private static final String END_KEY = "-----END PRIVATE KEY-----";
    private static final int LINES = 6;
    private static final int MAX_LENGTH_BYTES = 16 * 1024;

    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /**
     * Durable on return.
     *
     * @throws FileAlreadyExistsException a key is never overwritten
     */
    public static TlsIdentity create(Path directory, SiteId site, Instant now, SecureRandom random) throws IOException {
        if (exists(directory)) {
            throw new FileAlreadyExistsException(directory.resolve(FILE).toString());
        }
        TlsIdentity made = make(site, now.minus(VALID_BEFORE), now.plus(VALID), random);
        List<String> lines = List.of(
                BEGIN_CERTIFICATE,
                StrictBase64.encode(made.encoded()),
                END_CERTIFICATE,
                BEGIN_KEY,
                StrictBase64.encode(made.key.getEncoded()),
                END_KEY);
        DurableFile.createDirectories(directory);
        DurableFile.replace(
                directory.resolve(FILE), (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
        return made;
    }

    /** One that is in no file. */
    public static TlsIdentity make(SiteId site, Instant from, Instant to, SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair keys = generator.generateKeyPair();
            byte[] der = CertificateDer.selfSigned(SiteKeyName.of(site), keys, from, to, random);
            return new TlsIdentity(certificate(der), keys.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }

    /**
     * @throws ArchiveException NOT_FOUND; NOT_AUTHORIZED when others than the owner may do anything with it; CORRUPT when it is no key
     *     with its certificate; INVALID_REQUEST when it is another site's
     */
    public static TlsIdentity open(Path directory, SiteId site) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "TLS key " + file);
        }
        OwnerOnly.require(file, "TLS key");
        if (Files.size(file) > MAX_LENGTH_BYTES) {
            throw corrupt(file);
        }
        TlsIdentity read = parse(file);
        if (!read.name().equals("CN=" + SiteKeyName.of(site))) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "TLS key " + file + " is of another site");
        }
        return read;
    }

    private static TlsIdentity parse(Path file) throws IOException {
        List<String> lines =
                Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        boolean formed = lines.size() == LINES
                && lines.get(0).equals(BEGIN_CERTIFICATE)
                && lines.get(2).equals(END_CERTIFICATE)
                && lines.get(3).equals(BEGIN_KEY)
                && lines.get(5).equals(END_KEY);
        if (!formed) {
            throw corrupt(file);
        }
        try {
            X509Certificate certificate = certificate(StrictBase64.decode(lines.get(1), "certificate"));
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(StrictBase64.decode(lines.get(4), "private key")));
            if (!belong(certificate, key)) {
                throw corrupt(file);
            }
            return new TlsIdentity(certificate, key);
        } catch (GeneralSecurityException | ArchiveException _) {
            throw corrupt(file); // without its cause, which could quote the key
        }
    }

    private static boolean belong(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        byte[] message = {1, 2, 3};
        Signature signature = Signature.getInstance(CertificateDer.SIGNATURE);
        signature.initSign(key);
        signature.update(message);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(message);
        return signature.verify(signed);
    }

    private static X509Certificate certificate(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    private static ArchiveException corrupt(Path file) {
        return new ArchiveException(ArchiveError.CORRUPT, "TLS key " + file);
    }

    private String name() {
        return certificate.getSubjectX500Principal().getName();
    }

    private byte[] encoded() {
        return encoded(certificate);
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("it was read from its encoding", e);
        }
    }

    /** What others pin. */
    public Digest pin() {
        return pin(certificate);
    }

    public static Digest pin(X509Certificate certificate) {
        return Digest.sha256(encoded(certificate));
    }

    /** The pin only. */
    @Override
    public String toString() {
        return "TLS identity " + pin();
    }
}

package org.archipelago.federation.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.ed25519.Ed25519KeyPair;
import org.archipelago.federation.ed25519.Ed25519PublicKey;
import org.archipelago.federation.note.StrictBase64;

/**
 * A site's signing key in a file of mode 0600: whose it is, then the key pair as PEM (RFC 7468), which other tools read, too.
 *
 * <pre>
 * archipelago signing key 1
 * site 3f2b...
 * -----BEGIN PRIVATE KEY-----
 * -----BEGIN PUBLIC KEY-----
 * </pre>
 */
final class SigningKeyFile {
    private static final String VERSION = "archipelago signing key 1";
    private static final String SITE = "site ";
    private static final String PRIVATE = "PRIVATE KEY";
    private static final String PUBLIC = "PUBLIC KEY";
    private static final int LINES = 8;
    private static final int MAX_LENGTH_BYTES = 4096;

    private SigningKeyFile() {}

    /**
     * Durable on return.
     *
     * @throws FileAlreadyExistsException a key is never overwritten
     */
    static void create(Path file, SiteId site, Ed25519KeyPair keys) throws IOException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        List<String> lines = List.of(
                VERSION,
                SITE + site,
                begin(PRIVATE),
                StrictBase64.encode(keys.toPkcs8()),
                end(PRIVATE),
                begin(PUBLIC),
                StrictBase64.encode(keys.publicKey().toX509()),
                end(PUBLIC));
        DurableFile.replace(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * @throws ArchiveException NOT_FOUND; NOT_AUTHORIZED when group or others may do anything with it; CORRUPT when it is no key;
     *     INVALID_REQUEST when it is another site's
     */
    static Ed25519KeyPair read(Path file, SiteId site) throws IOException {
        if (!Files.exists(file)) {
            throw new ArchiveException(
                    ArchiveError.NOT_FOUND, "signing key " + file + ": bring it back from where its copy is kept");
        }
        OwnerOnly.require(file, "signing key");
        if (Files.size(file) > MAX_LENGTH_BYTES) {
            throw corrupt(file);
        }
        List<String> lines =
                Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        boolean formed = lines.size() == LINES
                && lines.get(0).equals(VERSION)
                && lines.get(1).startsWith(SITE)
                && lines.get(2).equals(begin(PRIVATE))
                && lines.get(4).equals(end(PRIVATE))
                && lines.get(5).equals(begin(PUBLIC))
                && lines.get(7).equals(end(PUBLIC));
        if (!formed) {
            throw corrupt(file);
        }
        if (!lines.get(1).equals(SITE + site)) {
            throw new ArchiveException(
                    ArchiveError.INVALID_REQUEST, "signing key " + file + " is of another site than " + site);
        }
        try {
            Ed25519PublicKey publicKey = Ed25519PublicKey.ofX509(StrictBase64.decode(lines.get(6), "public key"));
            return Ed25519KeyPair.ofPkcs8(StrictBase64.decode(lines.get(3), "private key"), publicKey);
        } catch (ArchiveException _) {
            throw corrupt(file); // without its cause, which could quote the key
        }
    }

    /** @throws ArchiveException NOT_FOUND; CORRUPT when it does not say whose it is */
    static SiteId site(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "signing key " + file);
        }
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            List<String> head = lines.limit(2).toList();
            if (head.size() == 2
                    && head.getFirst().equals(VERSION)
                    && head.getLast().startsWith(SITE)) {
                return SiteId.parse(head.getLast().substring(SITE.length()));
            }
        } catch (IllegalArgumentException _) {
            throw corrupt(file);
        }
        throw corrupt(file);
    }

    private static String begin(String label) {
        return "-----BEGIN " + label + "-----";
    }

    private static String end(String label) {
        return "-----END " + label + "-----";
    }

    private static ArchiveException corrupt(Path file) {
        return new ArchiveException(ArchiveError.CORRUPT, "signing key " + file);
    }
}

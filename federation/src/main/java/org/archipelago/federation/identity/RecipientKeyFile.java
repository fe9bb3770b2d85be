package org.archipelago.federation.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.hpke.RecipientKeyPair;

/**
 * The key pair that others seal keys to, in {@code recipient.key} of mode 0600. Others know it by the descriptor that the site's signing
 * key signs.
 *
 * <pre>
 * archipelago recipient key 1
 * site 3f2b...
 * private 64 hexadecimal digits
 * public 64 hexadecimal digits
 * </pre>
 */
public final class RecipientKeyFile {
    private static final String FILE = "recipient.key";
    private static final String VERSION = "archipelago recipient key 1";
    private static final String SITE = "site ";
    private static final String PRIVATE = "private ";
    private static final String PUBLIC = "public ";
    private static final int LINES = 4;
    private static final int MAX_LENGTH_BYTES = 1024;

    private RecipientKeyFile() {}

    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /**
     * Durable on return.
     *
     * @throws FileAlreadyExistsException a key is never overwritten, not even by another process that makes one at the same time
     */
    public static RecipientKeyPair create(Path directory, SiteId site) throws IOException {
        RecipientKeyPair made = RecipientKeyPair.generate();
        List<String> lines = List.of(VERSION, SITE + site, PRIVATE + made.privateHex(), PUBLIC + made.publicKey());
        DurableFile.createDirectories(directory);
        DurableFile.create(
                directory.resolve(FILE), (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
        return made;
    }

    /**
     * @throws ArchiveException NOT_FOUND; NOT_AUTHORIZED when others than the owner may do anything with it; CORRUPT when it is no key
     *     pair; INVALID_REQUEST when it is another site's
     */
    public static RecipientKeyPair open(Path directory, SiteId site) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "recipient key " + file);
        }
        OwnerOnly.require(file, "recipient key");
        List<String> lines = Files.size(file) > MAX_LENGTH_BYTES
                ? List.of()
                : Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        boolean formed = lines.size() == LINES
                && lines.get(0).equals(VERSION)
                && lines.get(1).startsWith(SITE)
                && lines.get(2).startsWith(PRIVATE)
                && lines.get(3).startsWith(PUBLIC);
        if (!formed) {
            throw corrupt(file);
        }
        if (!lines.get(1).equals(SITE + site)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "recipient key " + file + " is of another site");
        }
        try {
            RecipientKey publicKey = new RecipientKey(lines.get(3).substring(PUBLIC.length()));
            return RecipientKeyPair.of(lines.get(2).substring(PRIVATE.length()), publicKey);
        } catch (ArchiveException _) {
            throw corrupt(file); // without its cause, which could quote the key
        }
    }

    private static ArchiveException corrupt(Path file) {
        return new ArchiveException(ArchiveError.CORRUPT, "recipient key " + file);
    }
}

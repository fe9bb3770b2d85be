package org.archipelago.federation.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;

/**
 * What a site names its streams with, in {@code site.secret} of mode 0600: kept with its identity, since without it nothing in a log that
 * came back from peers could be found by a UID or an identifier, and no peer has it.
 *
 * <pre>
 * archipelago site secret 1
 * site 3f2b...
 * secret 64 hexadecimal digits
 * </pre>
 */
public final class SiteSecretFile {
    public static final int LENGTH_BYTES = 32;

    private static final String FILE = "site.secret";
    private static final String VERSION = "archipelago site secret 1";
    private static final String SITE = "site ";
    private static final String SECRET = "secret ";
    private static final int LINES = 3;
    private static final int MAX_LENGTH_BYTES = 1024;

    private SiteSecretFile() {}

    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /**
     * Durable on return.
     *
     * @throws FileAlreadyExistsException a secret is never overwritten
     */
    public static void create(Path directory, SiteId site, byte[] secret) throws IOException {
        if (secret.length != LENGTH_BYTES) {
            throw new IllegalArgumentException("a site secret has 32 bytes");
        }
        List<String> lines =
                List.of(VERSION, SITE + site, SECRET + HexFormat.of().formatHex(secret));
        DurableFile.createDirectories(directory);
        DurableFile.create(
                directory.resolve(FILE), (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * @throws ArchiveException NOT_FOUND; NOT_AUTHORIZED when others than the owner may do anything with it; CORRUPT when it is no
     *     secret; INVALID_REQUEST when it is another site's
     */
    public static byte[] open(Path directory, SiteId site) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "site secret " + file);
        }
        OwnerOnly.require(file, "site secret");
        List<String> lines = Files.size(file) > MAX_LENGTH_BYTES
                ? List.of()
                : Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        boolean formed = lines.size() == LINES
                && lines.get(0).equals(VERSION)
                && lines.get(1).startsWith(SITE)
                && lines.get(2).matches(SECRET + "[0-9a-f]{" + 2 * LENGTH_BYTES + "}");
        if (!formed) {
            throw new ArchiveException(ArchiveError.CORRUPT, "site secret " + file);
        }
        if (!lines.get(1).equals(SITE + site)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "site secret " + file + " is of another site");
        }
        return HexFormat.of().parseHex(lines.get(2).substring(SECRET.length()));
    }
}

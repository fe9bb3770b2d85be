package org.archipelago.node.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.disk.DurableFile;

/**
 * Shows that a request comes from whoever may read the node's data directory: a random text in a file of mode 0600, another one at each
 * start. For what nobody else on the machine may do while nobody logs in.
 */
public final class OperatorToken {
    private static final String FILE = "operator-token";
    private static final String SCHEME = "Bearer ";
    private static final int LENGTH_BYTES = 32;

    private final byte[] expected;

    private OperatorToken(String token) {
        this.expected = (SCHEME + token).getBytes(StandardCharsets.US_ASCII);
    }

    /** Makes a new one. */
    public static OperatorToken create(Path data, SecureRandom random) throws IOException {
        byte[] bytes = new byte[LENGTH_BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        DurableFile.replace(data.resolve(FILE), token.getBytes(StandardCharsets.US_ASCII));
        return new OperatorToken(token);
    }

    /** Value of the header {@code Authorization}. */
    public static String authorization(Path data) throws IOException {
        return SCHEME + Files.readString(data.resolve(FILE), StandardCharsets.US_ASCII);
    }

    /** @throws ArchiveException NOT_AUTHORIZED */
    public void require(HttpServletRequest request) {
        String given = request.getHeader("Authorization");
        boolean same = given != null && MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.ISO_8859_1));
        if (!same) {
            throw new ArchiveException(
                    ArchiveError.NOT_AUTHORIZED, "request without the token in the node's data directory");
        }
    }
}

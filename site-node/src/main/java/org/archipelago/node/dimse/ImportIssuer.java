package org.archipelago.node.dimse;

import java.util.Optional;
import org.archipelago.contract.AeTitle;
import org.archipelago.node.association.Peer;
import org.archipelago.node.association.UserIdentity;

/**
 * C-STORE cannot carry the issuer of Patient IDs that name none. The command line says it as the user identity
 * (PS3.7 §D.3.3.7) of its association; it is heeded for this calling AE of this machine only. No remote AE may be
 * configured under this title: its issuer, or that it has none, would be said of what others once sent elsewhere.
 */
public final class ImportIssuer {
    public static final AeTitle COMMAND_LINE = new AeTitle("ARCHIPELAGO-CLI");
    /** PS3.3 C.7.1.1: Issuer of Patient ID (0010,0021) is an LO. */
    public static final int MAX_CHARS = 64;

    private static final String PREFIX = "issuer:";

    private ImportIssuer() {}

    /** @throws IllegalArgumentException blank, or longer than {@link #MAX_CHARS} */
    public static UserIdentity identity(String issuer) {
        if (!isIssuer(issuer)) {
            throw new IllegalArgumentException("an issuer has 1 to " + MAX_CHARS + " characters");
        }
        return UserIdentity.named(PREFIX + issuer);
    }

    static Optional<String> from(AeTitle calling, Peer peer, Optional<String> assertedUser) {
        return calling.equals(COMMAND_LINE) && peer.isOfThisMachine()
                ? assertedUser
                        .filter(user -> user.startsWith(PREFIX))
                        .map(user -> user.substring(PREFIX.length()))
                        .filter(ImportIssuer::isIssuer)
                : Optional.empty();
    }

    private static boolean isIssuer(String text) {
        return !text.isBlank() && text.length() <= MAX_CHARS;
    }
}

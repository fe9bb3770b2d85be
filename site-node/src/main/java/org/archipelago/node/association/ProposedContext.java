package org.archipelago.node.association;

import java.util.List;

/**
 * A proposed presentation context (PS3.8 §9.3.2.2).
 *
 * @param id odd, 1 to 255
 * @param transferSyntaxes at least one
 */
public record ProposedContext(int id, String abstractSyntax, List<String> transferSyntaxes) {
    /** Odd ids from 1 to 255 (PS3.8 §9.3.2.2). */
    public static final int MOST_PER_ASSOCIATION = 128;

    public ProposedContext {
        transferSyntaxes = List.copyOf(transferSyntaxes);
        if (!isValidId(id)) {
            throw new IllegalArgumentException("a presentation context id is odd and from 1 to 255, not " + id);
        }
        if (transferSyntaxes.isEmpty()) {
            throw new IllegalArgumentException("a presentation context has at least one transfer syntax");
        }
    }

    static boolean isValidId(int id) {
        return id >= 1 && id <= 255 && (id & 1) == 1;
    }
}

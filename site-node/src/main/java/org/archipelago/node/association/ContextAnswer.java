package org.archipelago.node.association;

/**
 * The answer to one proposed presentation context (PS3.8 §9.3.3.2).
 *
 * @param transferSyntax meaningful only when accepted
 */
public record ContextAnswer(int id, Result result, String transferSyntax) {
    /** PS3.8 Table 9-18; the ordinal is the value on the wire. */
    public enum Result {
        ACCEPTANCE,
        USER_REJECTION,
        NO_REASON,
        ABSTRACT_SYNTAX_NOT_SUPPORTED,
        TRANSFER_SYNTAXES_NOT_SUPPORTED
    }

    public static ContextAnswer accepted(int id, String transferSyntax) {
        return new ContextAnswer(id, Result.ACCEPTANCE, transferSyntax);
    }

    public static ContextAnswer refused(ProposedContext proposed, Result result) {
        return new ContextAnswer(
                proposed.id(), result, proposed.transferSyntaxes().getFirst());
    }
}

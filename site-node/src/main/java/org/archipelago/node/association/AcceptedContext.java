package org.archipelago.node.association;

/**
 * A presentation context in use.
 *
 * @param requestorIsScu whether the association's requestor may act as SCU
 * @param requestorIsScp whether the association's requestor may act as SCP (PS3.7 §D.3.3.4)
 */
public record AcceptedContext(
        int id, String abstractSyntax, String transferSyntax, boolean requestorIsScu, boolean requestorIsScp) {}

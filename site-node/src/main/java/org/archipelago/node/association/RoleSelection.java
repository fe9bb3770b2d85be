package org.archipelago.node.association;

/** SCP/SCU Role Selection (PS3.7 §D.3.3.4): what the association's requestor is, or may be, for a SOP Class. */
public record RoleSelection(String sopClass, boolean scu, boolean scp) {}

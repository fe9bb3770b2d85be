package org.archipelago.node.association;

/** States of the upper layer's machine (PS3.8 §9.2.1 Table 9-1 to 9-5) in which an association object can be. */
public enum AssociationState {
    /** Sta6. */
    ESTABLISHED,
    /** Sta7: ours, answer awaited; Sta9 and Sta11 or Sta10 and Sta12 in a release collision. */
    RELEASING,
    /** Sta13: the transport is to be closed by the peer, or by us when ARTIM runs out. */
    AWAITING_CLOSE,
    /** Sta1. */
    CLOSED
}

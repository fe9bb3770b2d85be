package org.archipelago.node.association;

import java.util.List;

/** SOP Class Common Extended Negotiation (PS3.7 §D.3.3.6): the service class of a SOP Class, and which general ones it is related to. */
public record CommonExtendedNegotiation(String sopClass, String serviceClass, List<String> relatedGeneralClasses) {
    public CommonExtendedNegotiation {
        relatedGeneralClasses = List.copyOf(relatedGeneralClasses);
    }
}

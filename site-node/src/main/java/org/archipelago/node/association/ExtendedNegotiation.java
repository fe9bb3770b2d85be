package org.archipelago.node.association;

import java.util.Arrays;

/** SOP Class Extended Negotiation (PS3.7 §D.3.3.5). Callers do not change the array. */
public record ExtendedNegotiation(String sopClass, byte[] information) {
    @Override
    public boolean equals(Object other) {
        return other instanceof ExtendedNegotiation that
                && sopClass.equals(that.sopClass)
                && Arrays.equals(information, that.information);
    }

    @Override
    public int hashCode() {
        return sopClass.hashCode();
    }
}

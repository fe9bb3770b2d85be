package org.archipelago.contract.dicom;

import java.util.List;

/** An attribute's VR and values; no values for one that is present and empty (PS3.18 §F.2.5). */
public record Attribute(Vr vr, List<Value> values) {
    public Attribute {
        values = List.copyOf(values);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }
}

package org.archipelago.node.dicomweb;

import java.util.Optional;
import org.archipelago.contract.dicom.Vr;

/** Port: the data dictionary (PS3.6 §6). */
public interface AttributeNames {
    /** Tag of a keyword such as {@code PatientName}; case matters. */
    Optional<Integer> tag(String keyword);

    /** VR of a tag; UN for one that the dictionary does not know. */
    Vr vr(int tag);
}

package org.archipelago.node.dimse;

import org.archipelago.contract.dicom.SopClassUid;

/** Port: which SOP Classes are of the Storage Service Class (PS3.4 §B.5, §I.4) as far as the dictionary knows. */
@FunctionalInterface
public interface StorageClasses {
    boolean isStorage(SopClassUid sopClass);
}

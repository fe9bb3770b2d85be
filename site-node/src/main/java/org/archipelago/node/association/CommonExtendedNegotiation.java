package org.archipelago.node.association;

import java.util.List;
import org.archipelago.contract.dicom.SopClassUid;

/** SOP Class Common Extended Negotiation (PS3.7 §D.3.3.6): the service class of a SOP Class, and which general ones it is related to. */
public record CommonExtendedNegotiation(String sopClass, String serviceClass, List<String> relatedGeneralClasses) {
    /** PS3.6 Table A-1: Storage Service Class. */
    public static final String STORAGE_SERVICE_CLASS = "1.2.840.10008.4.2";

    public CommonExtendedNegotiation {
        relatedGeneralClasses = List.copyOf(relatedGeneralClasses);
    }

    /** Says of a SOP Class that the acceptor may not know that its objects are to be stored. */
    public static CommonExtendedNegotiation ofStorage(SopClassUid sopClass) {
        return new CommonExtendedNegotiation(sopClass.value(), STORAGE_SERVICE_CLASS, List.of());
    }
}

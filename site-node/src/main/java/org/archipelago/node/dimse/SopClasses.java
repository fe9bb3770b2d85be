package org.archipelago.node.dimse;

import java.util.Map;
import java.util.Optional;

/** SOP Classes of the services but storage (PS3.4 Annexes A, C, J; PS3.6 Table A-1). */
final class SopClasses {
    static final String VERIFICATION = "1.2.840.10008.1.1";
    static final String STORAGE_COMMITMENT = "1.2.840.10008.1.20.1";
    static final String STORAGE_COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1";
    static final String PATIENT_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.1.1";
    static final String PATIENT_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.1.2";
    static final String PATIENT_ROOT_GET = "1.2.840.10008.5.1.4.1.2.1.3";
    static final String STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1";
    static final String STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2";
    static final String STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3";
    static final String PATIENT_STUDY_ONLY_FIND = "1.2.840.10008.5.1.4.1.2.3.1";
    static final String PATIENT_STUDY_ONLY_MOVE = "1.2.840.10008.5.1.4.1.2.3.2";
    static final String PATIENT_STUDY_ONLY_GET = "1.2.840.10008.5.1.4.1.2.3.3";

    enum Service {
        ECHO,
        FIND,
        MOVE,
        GET,
        COMMITMENT
    }

    private static final Map<String, Service> SERVICES = Map.ofEntries(
            Map.entry(VERIFICATION, Service.ECHO),
            Map.entry(STORAGE_COMMITMENT, Service.COMMITMENT),
            Map.entry(PATIENT_ROOT_FIND, Service.FIND),
            Map.entry(STUDY_ROOT_FIND, Service.FIND),
            Map.entry(PATIENT_STUDY_ONLY_FIND, Service.FIND),
            Map.entry(PATIENT_ROOT_MOVE, Service.MOVE),
            Map.entry(STUDY_ROOT_MOVE, Service.MOVE),
            Map.entry(PATIENT_STUDY_ONLY_MOVE, Service.MOVE),
            Map.entry(PATIENT_ROOT_GET, Service.GET),
            Map.entry(STUDY_ROOT_GET, Service.GET),
            Map.entry(PATIENT_STUDY_ONLY_GET, Service.GET));

    private SopClasses() {}

    static Optional<Service> service(String abstractSyntax) {
        return Optional.ofNullable(SERVICES.get(abstractSyntax));
    }
}

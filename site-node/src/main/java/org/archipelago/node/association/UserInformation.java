package org.archipelago.node.association;

import java.util.List;
import java.util.Optional;

/**
 * The User Information item of A-ASSOCIATE-RQ and -AC (PS3.8 §9.3.2.3 and Annex D, PS3.7 §D.3.3).
 *
 * @param maxPduLengthBytes longest P-DATA-TF that its sender takes; 0 for any
 * @param identityConfirmed in an A-ASSOCIATE-AC, the positive answer to a user name (PS3.7 §D.3.3.7.2)
 */
public record UserInformation(
        long maxPduLengthBytes,
        String implementationClassUid,
        Optional<String> implementationVersion,
        Optional<AsyncWindow> asyncWindow,
        List<RoleSelection> roles,
        List<ExtendedNegotiation> extended,
        List<CommonExtendedNegotiation> commonExtended,
        Optional<UserIdentity> identity,
        boolean identityConfirmed) {
    /** Of this program; derived from a random UUID (PS3.5 §B.2). */
    public static final String IMPLEMENTATION_CLASS_UID = "2.25.203845179363184911725348361273645915803";

    public static final String IMPLEMENTATION_VERSION = "ARCHIPELAGO_0_1";

    /** PS3.7 §D.3.3.3; 0 is unlimited. */
    public record AsyncWindow(int maxInvoked, int maxPerformed) {
        static final AsyncWindow SYNCHRONOUS = new AsyncWindow(1, 1);
    }

    public UserInformation {
        roles = List.copyOf(roles);
        extended = List.copyOf(extended);
        commonExtended = List.copyOf(commonExtended);
    }

    public Optional<RoleSelection> role(String sopClass) {
        return roles.stream().filter(r -> r.sopClass().equals(sopClass)).findFirst();
    }

    public Optional<ExtendedNegotiation> extended(String sopClass) {
        return extended.stream().filter(e -> e.sopClass().equals(sopClass)).findFirst();
    }
}

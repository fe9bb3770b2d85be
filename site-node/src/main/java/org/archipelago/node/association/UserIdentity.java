package org.archipelago.node.association;

import java.util.Optional;

/**
 * User Identity as asserted by the requestor (PS3.7 §D.3.3.7). Passcodes and tickets are dropped when read.
 *
 * @param type 1 user name, 2 user name and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token
 * @param name the user name of types 1 and 2, at most {@value #MAX_NAME_CHARS} characters; nobody has verified it
 */
public record UserIdentity(int type, boolean responseRequested, Optional<String> name) {
    static final int MAX_NAME_CHARS = 200;
    static final int TYPE_NAME = 1;
    static final int TYPE_NAME_AND_PASSCODE = 2;

    /**
     * Whether the acceptor answers positively (PS3.7 §D.3.3.7.2), as was asked: that would say of a passcode or a ticket
     * that it was verified, so it is said of plain names only.
     */
    boolean isConfirmed() {
        return responseRequested && type == TYPE_NAME;
    }

    public static UserIdentity named(String name) {
        return new UserIdentity(TYPE_NAME, false, Optional.of(name));
    }
}

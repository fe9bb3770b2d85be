package org.archipelago.node.association;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The association ended without a release: aborted by either side, timed out, or its connection broke. */
public final class AssociationLostException extends IOException {
    private static final long serialVersionUID = 1L;

    AssociationLostException(String why) {
        super(why);
    }

    AssociationLostException(String why, @Nullable Throwable cause) {
        super(why, cause);
    }
}

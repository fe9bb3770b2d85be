package org.archipelago.federation.grant;

import java.util.List;
import org.archipelago.contract.log.KeyClass;

/** Which keys of a stream may be another site's, too. The first record of each stream names the first of them in its header. */
public final class GrantedStreams {
    private GrantedStreams() {}

    /** Those that a site may grant; empty for a kind of stream that stays its own. */
    public static List<KeyClass> classes(String kind) {
        return switch (kind) {
            case "study" -> List.of(KeyClass.INDEX, KeyClass.PIXEL);
            // Who holds what, and who offers how much.
            case "held", "capacity" -> List.of(KeyClass.INDEX);
            case "patient" -> List.of(KeyClass.PATIENT);
            default -> List.of();
        };
    }
}

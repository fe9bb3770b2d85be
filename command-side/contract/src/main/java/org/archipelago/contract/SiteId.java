package org.archipelago.contract;

import java.util.UUID;

/** A site's random 128-bit id, the same for ever; its label ({@code north}) may change. */
public record SiteId(UUID value) {
    public static SiteId parse(String text) {
        return new SiteId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

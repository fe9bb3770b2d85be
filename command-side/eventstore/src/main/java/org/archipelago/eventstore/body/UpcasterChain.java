package org.archipelago.eventstore.body;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All upcasters, by type and version. */
public final class UpcasterChain {
    public static final UpcasterChain NONE = new UpcasterChain(List.of());

    private final Map<TypeVersion, Upcaster> steps = new HashMap<>();

    public UpcasterChain(Collection<Upcaster> upcasters) {
        for (Upcaster upcaster : upcasters) {
            TypeVersion from = new TypeVersion(upcaster.type(), upcaster.fromVersion());
            if (steps.put(from, upcaster) != null) {
                throw new IllegalArgumentException("two upcasters from " + from);
            }
        }
    }

    /** From every released version of every event of the contract to its present one; no version has been raised yet. */
    public static UpcasterChain released() {
        return NONE;
    }

    /** Empty when a step on the way is missing. */
    Optional<JsonNode> upcast(String type, int version, int target, JsonNode payload) {
        JsonNode current = payload;
        for (int at = version; at < target; at++) {
            Upcaster step = steps.get(new TypeVersion(type, at));
            if (step == null) {
                return Optional.empty();
            }
            current = step.payload().apply(current);
        }
        return Optional.of(current);
    }

    private record TypeVersion(String type, int version) {}
}

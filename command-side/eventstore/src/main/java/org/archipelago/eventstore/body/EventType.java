package org.archipelago.eventstore.body;

import java.util.function.Function;
import org.archipelago.contract.log.StreamId;

/**
 * A released event: its name for ever, its present version, its class, and the stream that its instances belong to.
 *
 * @param version from 1; raised with every change of the class' shape, together with an {@link Upcaster}
 */
public record EventType<T>(String name, int version, Class<T> payload, Function<T, StreamId> stream) {
    StreamId streamOf(Object event) {
        return stream.apply(payload.cast(event));
    }
}

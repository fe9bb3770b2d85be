package org.archipelago.eventstore.body;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;

/** Sets of numbers, text or other comparable things, in their order; the order of a hash says nothing and differs by run. */
final class SortedSetSerializer extends StdSerializer<Set<?>> {
    private static final long serialVersionUID = 1L;

    SortedSetSerializer() {
        super(Set.class, false);
    }

    @Override
    public void serialize(Set<?> set, JsonGenerator out, SerializerProvider provider) throws IOException {
        Object[] elements = set.toArray();
        if (Arrays.stream(elements).allMatch(Comparable.class::isInstance)) {
            Arrays.sort(elements);
        }
        out.writeStartArray(set, elements.length);
        for (Object element : elements) {
            provider.defaultSerializeValue(element, out);
        }
        out.writeEndArray();
    }
}

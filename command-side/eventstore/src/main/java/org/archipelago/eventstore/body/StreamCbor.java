package org.archipelago.eventstore.body;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.archipelago.contract.log.StreamId;
import org.jspecify.annotations.Nullable;

/**
 * A stream id in CBOR: 0 for the record's own stream; [kind, name] for another of the same origin, the name as bytes
 * where it is hexadecimal; else its text.
 */
final class StreamCbor {
    /** Context attribute: the stream of the record that is written or read. */
    static final Object OWN_STREAM = new Object();

    private StreamCbor() {}

    static void write(StreamId stream, @Nullable StreamId own, JsonGenerator out) throws IOException {
        if (stream.equals(own)) {
            out.writeNumber(0);
        } else if (own != null && originOf(stream).equals(originOf(own))) {
            out.writeStartArray(stream, 2);
            out.writeString(stream.kind());
            ContractModule.writeHex(nameOf(stream), out);
            out.writeEndArray();
        } else {
            out.writeString(stream.value());
        }
    }

    static StreamId read(JsonParser in, @Nullable StreamId own) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            return new StreamId(in.getText());
        }
        if (own == null) {
            throw new IOException("a relative stream id outside a record");
        }
        if (in.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            return own;
        }
        in.nextToken();
        String kind = in.getText();
        in.nextToken();
        String name = ContractModule.readHex(in);
        in.nextToken();
        return new StreamId(originOf(own) + "/" + kind + "/" + name);
    }

    private static String originOf(StreamId stream) {
        return stream.value().substring(0, stream.value().indexOf('/'));
    }

    private static String nameOf(StreamId stream) {
        return stream.value().substring(stream.value().lastIndexOf('/') + 1);
    }
}

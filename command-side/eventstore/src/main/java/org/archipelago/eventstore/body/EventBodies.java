package org.archipelago.eventstore.body;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;

/** Events to and from the plain bytes that are sealed: compressed CBOR of [payload] or [payload, metadata]. Thread-safe. */
public final class EventBodies {
    private final EventTypes types;
    private final UpcasterChain upcasters;
    private final ObjectMapper mapper = ArchiveCbor.mapper();
    private final BodyCompression compression = BodyCompression.numbered(Suite.FIRST.encoding());
    private final LongAdder unknown = new LongAdder();

    public EventBodies(EventTypes types, UpcasterChain upcasters) {
        this.types = types;
        this.upcasters = upcasters;
    }

    public EventTypes types() {
        return types;
    }

    /** How many records this program has met that it could not read: "behind". */
    public long unknownRecords() {
        return unknown.sum();
    }

    /**
     * @param metadata who and why; text, whole numbers and booleans
     * @throws IllegalArgumentException for a payload that is not registered or metadata of another kind
     */
    public byte[] encode(StreamId stream, Object payload, Map<String, ?> metadata) {
        types.of(payload);
        return compression.compress(toCbor(stream, payload, metadata));
    }

    /** The plain content: equal events and metadata have equal bytes. */
    public byte[] toCbor(StreamId stream, Object payload, Map<String, ?> metadata) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator out = mapper.getFactory().createGenerator(bytes)) {
            out.writeStartArray(payload, metadata.isEmpty() ? 1 : 2);
            mapper.writer().withAttribute(StreamCbor.OWN_STREAM, stream).writeValue(out, payload);
            if (!metadata.isEmpty()) {
                MetadataCbor.write(metadata, out);
            }
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("an event that cannot be encoded", e);
        }
        return bytes.toByteArray();
    }

    /** The content of an authentic body: what cannot be read as an event of this program is an {@link UnknownRecord}. */
    public OpenedBody decode(RecordHeader header, byte[] compressed) {
        byte[] plain = compression.decompress(compressed);
        Optional<OpenedBody> known = Optional.empty();
        Optional<EventType<?>> type = types.named(header.type());
        if (type.isPresent() && type.get().version() >= header.typeVersion()) {
            known = read(header, type.get(), plain);
        }
        return known.orElseGet(() -> {
            unknown.increment();
            return new OpenedBody(
                    new UnknownRecord(header.stream(), header.type(), header.typeVersion(), plain), Map.of());
        });
    }

    /** A record that this program cannot open: a newer one made it. */
    public OpenedBody ofAnUnknownSuite(RecordHeader header) {
        unknown.increment();
        return new OpenedBody(
                new UnknownRecord(header.stream(), header.type(), header.typeVersion(), new byte[0]), Map.of());
    }

    private Optional<OpenedBody> read(RecordHeader header, EventType<?> type, byte[] plain) {
        ObjectReader reader =
                mapper.reader().forType(type.payload()).withAttribute(StreamCbor.OWN_STREAM, header.stream());
        try (JsonParser in = mapper.getFactory().createParser(plain)) {
            if (in.nextToken() != JsonToken.START_ARRAY) {
                return Optional.empty();
            }
            in.nextToken();
            Optional<?> payload = header.typeVersion() == type.version()
                    ? Optional.of(reader.readValue(in))
                    : upcast(header, type, reader, in);
            boolean described = in.nextToken() == JsonToken.START_OBJECT;
            Map<String, Object> metadata = described ? MetadataCbor.read(in) : Map.of();
            JsonToken end = described ? in.nextToken() : in.currentToken();
            if (end != JsonToken.END_ARRAY || in.nextToken() != null) {
                return Optional.empty();
            }
            return payload.map(p -> new OpenedBody(p, metadata));
        } catch (IOException | IllegalArgumentException | ArchiveException _) {
            return Optional.empty();
        }
    }

    private Optional<?> upcast(RecordHeader header, EventType<?> type, ObjectReader reader, JsonParser in)
            throws IOException {
        JsonNode old = mapper.readTree(in);
        Optional<JsonNode> present = upcasters.upcast(header.type(), header.typeVersion(), type.version(), old);
        return present.isPresent() ? Optional.of(reader.readValue(present.get())) : Optional.empty();
    }
}

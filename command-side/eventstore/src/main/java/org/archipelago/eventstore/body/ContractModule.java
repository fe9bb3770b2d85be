package org.archipelago.eventstore.body;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;

/** The CBOR forms of the contract's value types. Part of record format version 1: never changed, only added to. */
final class ContractModule {
    private static final int NANOS_PER_MICRO = 1000;
    private static final long MICROS_PER_SECOND = 1_000_000;
    /** Beyond it microseconds since 1970 would not fit 64 bits. */
    private static final long MAX_COMPACT_SECONDS = Long.MAX_VALUE / MICROS_PER_SECOND - 1;

    private ContractModule() {}

    static SimpleModule create() {
        SimpleModule module = new SimpleModule("contract");
        digests(module);
        uids(module);
        streams(module);
        uuid(module, RecordId.class, RecordId::value, RecordId::new);
        uuid(module, SiteId.class, SiteId::value, SiteId::new);
        uuid(module, Incarnation.class, Incarnation::value, Incarnation::new);
        uuid(module, UUID.class, u -> u, u -> u);
        ScalarCodec.add(
                module, AeTitle.class, (v, out, _) -> out.writeString(v.value()), (in, _) -> new AeTitle(in.getText()));
        ScalarCodec.addKey(module, AeTitle.class, AeTitle::value, AeTitle::new);
        ScalarCodec.add(
                module,
                ConflictId.class,
                (v, out, _) -> out.writeNumber(v.value()),
                (in, _) -> new ConflictId(in.getIntValue()));
        ScalarCodec.addKey(
                module, ConflictId.class, v -> Integer.toString(v.value()), k -> new ConflictId(Integer.parseInt(k)));
        ScalarCodec.add(
                module,
                OriginPosition.class,
                (v, out, _) -> out.writeNumber(v.value()),
                (in, _) -> new OriginPosition(in.getLongValue()));
        ScalarCodec.add(
                module,
                SealedKeys.class,
                (v, out, _) -> out.writeBinary(v.bytes()),
                (in, _) -> new SealedKeys(in.getBinaryValue()));
        ScalarCodec.add(module, Instant.class, (v, out, _) -> writeInstant(v, out), (in, _) -> readInstant(in));
        // Sorted, so that equal events have equal bytes.
        module.addSerializer(new SortedSetSerializer());
        ScalarCodec.add(
                module, NamedValues.class, (v, out, _) -> writeNamedValues(v, out), (in, _) -> readNamedValues(in));
        ScalarCodec.add(module, AttributeSet.class, AttributeSetCbor::write, AttributeSetCbor::read);
        return module;
    }

    private static void digests(SimpleModule module) {
        digest(module, Digest.class, d -> d, d -> d);
        digest(module, BlobId.class, BlobId::digest, BlobId::new);
        digest(module, KeyId.class, KeyId::digest, KeyId::new);
        ScalarCodec.add(
                module,
                VersionId.class,
                (v, out, _) -> writeHex(v.value(), out),
                (in, _) -> new VersionId(readHex(in)));
        ScalarCodec.addKey(module, VersionId.class, VersionId::value, VersionId::new);
    }

    private static <T> void digest(
            SimpleModule module, Class<T> type, Function<T, Digest> digest, Function<Digest, T> of) {
        ScalarCodec.add(
                module,
                type,
                (v, out, _) -> out.writeBinary(digest.apply(v).toBytes()),
                (in, _) -> of.apply(Digest.of(in.getBinaryValue())));
        ScalarCodec.addKey(module, type, v -> digest.apply(v).toString(), k -> of.apply(Digest.parse(k)));
    }

    private static void uids(SimpleModule module) {
        uid(module, StudyInstanceUid.class, StudyInstanceUid::value, StudyInstanceUid::new);
        uid(module, SeriesInstanceUid.class, SeriesInstanceUid::value, SeriesInstanceUid::new);
        uid(module, SopInstanceUid.class, SopInstanceUid::value, SopInstanceUid::new);
        uid(module, SopClassUid.class, SopClassUid::value, SopClassUid::new);
        uid(module, TransferSyntaxUid.class, TransferSyntaxUid::value, TransferSyntaxUid::new);
    }

    private static <T> void uid(SimpleModule module, Class<T> type, Function<T, String> text, Function<String, T> of) {
        ScalarCodec.add(module, type, (v, out, _) -> writeUid(text.apply(v), out), (in, _) -> of.apply(readUid(in)));
        ScalarCodec.addKey(module, type, text, of);
    }

    private static void streams(SimpleModule module) {
        stream(module, StreamId.class, s -> s, s -> s);
        stream(module, StudyCopyId.class, StudyCopyId::stream, StudyCopyId::new);
        stream(module, PatientRecordId.class, PatientRecordId::stream, PatientRecordId::new);
        stream(module, AccessSessionId.class, AccessSessionId::stream, AccessSessionId::new);
        stream(module, QuarantineId.class, QuarantineId::stream, QuarantineId::new);
    }

    private static <T> void stream(
            SimpleModule module, Class<T> type, Function<T, StreamId> stream, Function<StreamId, T> of) {
        ScalarCodec.add(
                module,
                type,
                (v, out, provider) ->
                        StreamCbor.write(stream.apply(v), (StreamId) provider.getAttribute(StreamCbor.OWN_STREAM), out),
                (in, context) -> of.apply(StreamCbor.read(in, (StreamId) context.getAttribute(StreamCbor.OWN_STREAM))));
        ScalarCodec.addKey(module, type, v -> stream.apply(v).value(), k -> of.apply(new StreamId(k)));
    }

    private static <T> void uuid(SimpleModule module, Class<T> type, Function<T, UUID> uuid, Function<UUID, T> of) {
        ScalarCodec.add(
                module,
                type,
                (v, out, _) -> out.writeBinary(bytes(uuid.apply(v))),
                (in, _) -> of.apply(uuid(in.getBinaryValue())));
        ScalarCodec.addKey(module, type, v -> uuid.apply(v).toString(), k -> of.apply(UUID.fromString(k)));
    }

    static byte[] bytes(UUID value) {
        return ByteBuffer.allocate(16)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits())
                .array();
    }

    static UUID uuid(byte[] bytes) {
        if (bytes.length != 16) {
            throw new IllegalArgumentException("a UUID has 16 bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long high = buffer.getLong();
        return new UUID(high, buffer.getLong());
    }

    private static void writeUid(String uid, JsonGenerator out) throws IOException {
        if (PackedUid.packable(uid)) {
            out.writeBinary(PackedUid.pack(uid));
        } else {
            out.writeString(uid);
        }
    }

    private static String readUid(JsonParser in) throws IOException {
        return in.currentToken() == JsonToken.VALUE_STRING ? in.getText() : PackedUid.unpack(in.getBinaryValue());
    }

    /** Lower-case hexadecimal as bytes, anything else as text. */
    static void writeHex(String text, JsonGenerator out) throws IOException {
        if (!text.isEmpty() && text.length() % 2 == 0 && text.chars().allMatch(ContractModule::isLowerHex)) {
            out.writeBinary(HexFormat.of().parseHex(text));
        } else {
            out.writeString(text);
        }
    }

    static String readHex(JsonParser in) throws IOException {
        return in.currentToken() == JsonToken.VALUE_STRING
                ? in.getText()
                : HexFormat.of().formatHex(in.getBinaryValue());
    }

    private static boolean isLowerHex(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    /** Tag and place of each, one behind the other. */
    private static void writeNamedValues(NamedValues values, JsonGenerator out) throws IOException {
        out.writeStartArray(values, 2 * values.byTag().size());
        for (Map.Entry<Integer, Integer> one : values.byTag().entrySet()) {
            out.writeNumber(one.getKey());
            out.writeNumber(one.getValue());
        }
        out.writeEndArray();
    }

    private static NamedValues readNamedValues(JsonParser in) throws IOException {
        Map<Integer, Integer> byTag = new HashMap<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            int tag = in.getIntValue();
            in.nextToken();
            byTag.put(tag, in.getIntValue());
        }
        return byTag.isEmpty() ? NamedValues.OF_BASELINE : new NamedValues(byTag);
    }

    /** Microseconds since 1970; [seconds, nanoseconds] where that would lose something. */
    private static void writeInstant(Instant value, JsonGenerator out) throws IOException {
        if (value.getNano() % NANOS_PER_MICRO == 0 && Math.abs(value.getEpochSecond()) < MAX_COMPACT_SECONDS) {
            out.writeNumber(value.getEpochSecond() * MICROS_PER_SECOND + value.getNano() / NANOS_PER_MICRO);
            return;
        }
        out.writeStartArray(value, 2);
        out.writeNumber(value.getEpochSecond());
        out.writeNumber(value.getNano());
        out.writeEndArray();
    }

    private static Instant readInstant(JsonParser in) throws IOException {
        if (in.currentToken() == JsonToken.START_ARRAY) {
            in.nextToken();
            long seconds = in.getLongValue();
            in.nextToken();
            int nanos = in.getIntValue();
            in.nextToken();
            return Instant.ofEpochSecond(seconds, nanos);
        }
        long micros = in.getLongValue();
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO);
    }
}

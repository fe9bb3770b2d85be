package org.archipelago.domain;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.Deflater;

/** How many bytes a record of records takes, written out without names and deflated on its own: near what a sealed body takes. */
public final class RecordBytes {
    private RecordBytes() {}

    public static int deflated(Object value) {
        byte[] plain = plain(value);
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        deflater.setInput(plain);
        deflater.finish();
        byte[] buffer = new byte[plain.length + 64];
        int length = 0;
        while (!deflater.finished()) {
            length += deflater.deflate(buffer);
        }
        deflater.end();
        return length;
    }

    public static byte[] plain(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(value, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(Object value, DataOutputStream out) throws IOException {
        switch (value) {
            case String text -> write(text.getBytes(StandardCharsets.UTF_8), out);
            case byte[] bytes -> {
                out.writeShort(bytes.length);
                out.write(bytes);
            }
            case Boolean flag -> out.writeBoolean(flag);
            case Integer number -> out.writeInt(number);
            case Long number -> out.writeLong(number);
            case BigDecimal number -> write(number.toString(), out);
            case Instant instant -> out.writeLong(instant.toEpochMilli());
            case UUID uuid -> write(uuid.toString(), out);
            case Enum<?> constant -> out.writeByte(constant.ordinal());
            case Optional<?> optional -> {
                out.writeBoolean(optional.isPresent());
                if (optional.isPresent()) {
                    write(optional.get(), out);
                }
            }
            case Collection<?> values -> {
                out.writeShort(values.size());
                for (Object each : values) {
                    write(each, out);
                }
            }
            case Map<?, ?> map -> {
                out.writeShort(map.size());
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    write(entry.getKey(), out);
                    write(entry.getValue(), out);
                }
            }
            case Record record -> writeComponents(record, out);
            default -> throw new IllegalArgumentException("no plain data: " + value.getClass());
        }
    }

    private static void writeComponents(Record record, DataOutputStream out) throws IOException {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                write(component.getAccessor().invoke(record), out);
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

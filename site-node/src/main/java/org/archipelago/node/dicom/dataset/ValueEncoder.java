package org.archipelago.node.dicom.dataset;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.text.CharacterSet;

/** Values to their bytes, padded to even length (PS3.5 §6.2). */
final class ValueEncoder {
    private ValueEncoder() {}

    /** A value has characters that the character set lacks. */
    static final class NotRepresentable extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** @throws ArchiveException INVALID_REQUEST when a value does not fit its VR */
    static byte[] bytes(Attribute attribute, boolean big, CharacterSet characterSet) throws NotRepresentable {
        List<Value> values = attribute.values();
        if (values.isEmpty()) {
            return new byte[0];
        }
        Vr vr = attribute.vr();
        return switch (vr) {
            case AE, AS, CS, DA, DS, DT, IS, TM, UR ->
                padded(joined(vr, values).getBytes(StandardCharsets.ISO_8859_1), ' ');
            case UI -> padded(joined(vr, values).getBytes(StandardCharsets.ISO_8859_1), 0);
            case LO, SH, UC, ST, LT, UT, PN ->
                padded(characterSet.encode(joined(vr, values)).orElseThrow(NotRepresentable::new), ' ');
            case AT, FL, FD, SL, SS, SV, UL, US, UV -> numbers(vr, values, big);
            case OB, OD, OF, OL, OV, OW, UN -> padded(ValueDecoder.littleEndian(vr, inline(vr, values), big), 0);
            case SQ -> throw new IllegalStateException("a sequence is encoded by its items");
        };
    }

    private static byte[] padded(byte[] bytes, int padding) {
        if (bytes.length % 2 == 0) {
            return bytes;
        }
        byte[] even = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        even[bytes.length] = (byte) padding;
        return even;
    }

    private static String joined(Vr vr, List<Value> values) {
        return values.stream().map(value -> text(vr, value)).collect(Collectors.joining("\\"));
    }

    private static String text(Vr vr, Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Numeric(BigDecimal number) -> decimal(vr, number);
            case Value.Name(PersonName name) -> joined(name);
            case Value.Item _, Value.Inline _, Value.Bulk _ -> throw misfit(vr);
        };
    }

    /** DS has at most 16 characters (PS3.5 §6.2). */
    private static String decimal(Vr vr, BigDecimal number) {
        String plain = number.toPlainString();
        if (vr != Vr.DS || plain.length() <= 16) {
            return plain;
        }
        String scientific = Double.toString(number.doubleValue());
        return scientific.length() <= 16 ? scientific : String.format(java.util.Locale.ROOT, "%.9E", number);
    }

    static String joined(PersonName name) {
        String all = name.alphabetic() + "=" + name.ideographic() + "=" + name.phonetic();
        int end = all.length();
        while (end > 0 && all.charAt(end - 1) == '=') {
            end--;
        }
        return all.substring(0, end);
    }

    private static byte[] inline(Vr vr, List<Value> values) {
        if (values.size() == 1 && values.getFirst() instanceof Value.Inline(byte[] bytes)) {
            return bytes;
        }
        throw misfit(vr);
    }

    private static byte[] numbers(Vr vr, List<Value> values, boolean big) {
        ByteBuffer buffer = ByteBuffer.allocate(values.size() * ValueDecoder.unitBytes(vr))
                .order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (Value value : values) {
            try {
                put(vr, number(vr, value), buffer);
            } catch (ArithmeticException | NumberFormatException e) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "value of VR " + vr, e);
            }
        }
        return buffer.array();
    }

    private static Object number(Vr vr, Value value) {
        return switch (value) {
            case Value.Numeric(BigDecimal number) -> number;
            // NaN and the infinities, or a number that a JSON sender put in quotes (PS3.18 §F.2.3.1).
            case Value.Text(String text) ->
                vr == Vr.FL || vr == Vr.FD ? (Object) Double.valueOf(text) : new BigDecimal(text);
            case Value.Name _, Value.Item _, Value.Inline _, Value.Bulk _ -> throw misfit(vr);
        };
    }

    private static void put(Vr vr, Object number, ByteBuffer buffer) {
        if (number instanceof BigDecimal exact) {
            putExact(vr, exact, buffer);
        } else if (vr == Vr.FL) {
            buffer.putFloat(((Double) number).floatValue());
        } else {
            buffer.putDouble((Double) number);
        }
    }

    private static void putExact(Vr vr, BigDecimal number, ByteBuffer buffer) {
        switch (vr) {
            case FL -> buffer.putFloat(number.floatValue());
            case FD -> buffer.putDouble(number.doubleValue());
            case SS -> buffer.putShort((short) between(number, Short.MIN_VALUE, Short.MAX_VALUE));
            case US -> buffer.putShort((short) between(number, 0, 0xFFFF));
            case SL -> buffer.putInt((int) between(number, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UL -> buffer.putInt((int) between(number, 0, 0xFFFFFFFFL));
            case AT -> {
                long tag = between(number, 0, 0xFFFFFFFFL);
                buffer.putShort((short) (tag >>> 16)).putShort((short) tag);
            }
            case SV -> buffer.putLong(number.longValueExact());
            case UV -> {
                if (number.signum() < 0 || number.toBigIntegerExact().bitLength() > Long.SIZE) {
                    throw misfit(vr);
                }
                buffer.putLong(number.toBigIntegerExact().longValue());
            }
            default -> throw new IllegalStateException("no numeric VR: " + vr);
        }
    }

    private static long between(BigDecimal number, long min, long max) {
        long value = number.longValueExact();
        if (value < min || value > max) {
            throw new ArithmeticException("out of range");
        }
        return value;
    }

    private static ArchiveException misfit(Vr vr) {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, "value of VR " + vr);
    }
}

package org.archipelago.node.dicom.dataset;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.text.CharacterSet;

/** Values from their bytes (PS3.5 §6.2). */
final class ValueDecoder {
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);

    private ValueDecoder() {}

    /** An attribute whose length does not fit its numeric VR is carried as UN, so that nothing of it is lost. */
    static Attribute attribute(Vr vr, byte[] bytes, boolean big, CharacterSet characterSet) {
        if (bytes.length == 0) {
            return new Attribute(vr, List.of());
        }
        return switch (vr) {
            case AE, AS, CS, DA, DS, DT, IS, TM, UI -> texts(vr, new String(bytes, StandardCharsets.ISO_8859_1));
            case LO, SH, UC -> texts(vr, characterSet.decode(bytes));
            case ST, LT, UT -> single(vr, characterSet.decode(bytes));
            case UR -> single(vr, new String(bytes, StandardCharsets.ISO_8859_1));
            case PN -> names(characterSet.decodeName(bytes));
            case AT, FL, FD, SL, SS, SV, UL, US, UV -> numbers(vr, bytes, big);
            case OB, UN -> new Attribute(vr, List.of(new Value.Inline(bytes)));
            case OD, OF, OL, OV, OW -> new Attribute(vr, List.of(new Value.Inline(littleEndian(vr, bytes, big))));
            case SQ -> throw new IllegalStateException("a sequence has items");
        };
    }

    /** Padding is a space, or NUL where senders confuse the two (PS3.5 §6.2). */
    static String trimmed(String text) {
        int start = 0;
        int end = text.length();
        while (end > start && text.charAt(end - 1) <= ' ') {
            end--;
        }
        while (start < end && text.charAt(start) <= ' ') {
            start++;
        }
        return text.substring(start, end);
    }

    private static String trailingTrimmed(String text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == 0)) {
            end--;
        }
        return text.substring(0, end);
    }

    private static Attribute single(Vr vr, String text) {
        String value = trailingTrimmed(text);
        return new Attribute(vr, value.isEmpty() ? List.of() : List.of(new Value.Text(value)));
    }

    private static Attribute texts(Vr vr, String joined) {
        List<Value> values = new ArrayList<>();
        for (String part : joined.split("\\\\", -1)) {
            values.add(new Value.Text(vr == Vr.UC ? trailingTrimmed(part) : trimmed(part)));
        }
        boolean empty = values.size() == 1 && values.getFirst().equals(new Value.Text(""));
        return new Attribute(vr, empty ? List.of() : values);
    }

    private static Attribute names(String joined) {
        List<Value> values = new ArrayList<>();
        for (String part : joined.split("\\\\", -1)) {
            values.add(new Value.Name(name(part)));
        }
        boolean empty = values.size() == 1 && values.getFirst().equals(new Value.Name(new PersonName("", "", "")));
        return new Attribute(Vr.PN, empty ? List.of() : values);
    }

    static PersonName name(String text) {
        String[] groups = text.split("=", 3);
        return new PersonName(
                trimmed(groups[0]),
                groups.length > 1 ? trimmed(groups[1]) : "",
                groups.length > 2 ? trimmed(groups[2]) : "");
    }

    private static Attribute numbers(Vr vr, byte[] bytes, boolean big) {
        int size = unitBytes(vr);
        if (bytes.length % size != 0) {
            return new Attribute(Vr.UN, List.of(new Value.Inline(bytes)));
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        List<Value> values = new ArrayList<>(bytes.length / size);
        while (buffer.hasRemaining()) {
            values.add(number(vr, buffer));
        }
        return new Attribute(vr, values);
    }

    private static Value number(Vr vr, ByteBuffer buffer) {
        return switch (vr) {
            case FL -> floating(buffer.getFloat());
            case FD -> floating(buffer.getDouble());
            case SS -> integer(buffer.getShort());
            case US -> integer(buffer.getShort() & 0xFFFF);
            case SL -> integer(buffer.getInt());
            case UL -> integer(buffer.getInt() & 0xFFFFFFFFL);
            case AT -> integer((buffer.getShort() & 0xFFFFL) << 16 | buffer.getShort() & 0xFFFFL);
            case SV -> integer(buffer.getLong());
            case UV -> {
                long value = buffer.getLong();
                BigInteger number = BigInteger.valueOf(value);
                yield new Value.Numeric(new BigDecimal(value < 0 ? number.add(TWO_TO_64) : number));
            }
            default -> throw new IllegalStateException("no numeric VR: " + vr);
        };
    }

    private static Value integer(long value) {
        return new Value.Numeric(BigDecimal.valueOf(value));
    }

    /** The shortest decimal that reads back as the same float. */
    private static Value floating(float value) {
        return Float.isFinite(value)
                ? new Value.Numeric(new BigDecimal(Float.toString(value)))
                : new Value.Text(Float.toString(value));
    }

    private static Value floating(double value) {
        return Double.isFinite(value)
                ? new Value.Numeric(new BigDecimal(Double.toString(value)))
                : new Value.Text(Double.toString(value));
    }

    /** Bytes that swap together between byte orders (PS3.5 §7.3); AT is two of 16 bits. */
    static int unitBytes(Vr vr) {
        return switch (vr) {
            case SS, US, OW -> 2;
            case FL, SL, UL, AT, OF, OL -> 4;
            case FD, SV, UV, OD, OV -> 8;
            default -> 1;
        };
    }

    static byte[] littleEndian(Vr vr, byte[] bytes, boolean big) {
        return big ? swapped(bytes, swapBytes(vr)) : bytes;
    }

    static int swapBytes(Vr vr) {
        return vr == Vr.AT ? 2 : unitBytes(vr);
    }

    /** A copy with the bytes of each whole unit reversed; a rest stays as it is. */
    static byte[] swapped(byte[] bytes, int unit) {
        byte[] swapped = bytes.clone();
        for (int i = 0; i + unit <= bytes.length; i += unit) {
            for (int j = 0; j < unit; j++) {
                swapped[i + j] = bytes[i + unit - 1 - j];
            }
        }
        return swapped;
    }
}

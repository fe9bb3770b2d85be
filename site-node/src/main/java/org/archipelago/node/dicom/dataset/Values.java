package org.archipelago.node.dicom.dataset;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.ValueEncoder.NotRepresentable;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.text.CharacterSet;

/** Single elements and items as bytes, for those who change a data set while it streams by. */
public final class Values {
    private Values() {}

    /** An element, header and all; empty when its text has characters that the character set lacks. */
    public static Optional<byte[]> element(int tag, Attribute attribute, Encoding encoding, CharacterSet characterSet) {
        try {
            return Optional.of(DataSetCodec.bytes(AttributeSet.of(Map.of(tag, attribute)), encoding, characterSet, 0));
        } catch (NotRepresentable e) {
            return Optional.empty();
        }
    }

    /** The value of a sequence: its items of defined length. */
    public static Optional<byte[]> items(List<AttributeSet> items, Encoding encoding, CharacterSet characterSet) {
        List<Value> values =
                items.stream().map(item -> (Value) new Value.Item(item)).toList();
        try {
            return Optional.of(DataSetCodec.value(new Attribute(Vr.SQ, values), encoding, characterSet, 0));
        } catch (NotRepresentable e) {
            return Optional.empty();
        }
    }

    /** Whether the VR's text is encoded in the Specific Character Set (PS3.5 §6.1.2.2). */
    public static boolean isText(Vr vr) {
        return switch (vr) {
            case LO, LT, PN, SH, ST, UC, UT -> true;
            default -> false;
        };
    }

    /** Whether trailing spaces and NULs are padding (PS3.5 §6.2). */
    public static boolean isPadded(Vr vr) {
        return switch (vr) {
            case AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT -> true;
            default -> false;
        };
    }

    /** Without trailing padding. */
    public static byte[] trimmed(byte[] value) {
        int end = value.length;
        while (end > 0 && (value[end - 1] == ' ' || value[end - 1] == 0)) {
            end--;
        }
        return java.util.Arrays.copyOf(value, end);
    }

    /** Text of a VR that is encoded in the Specific Character Set. */
    public static String decoded(Vr vr, byte[] value, CharacterSet characterSet) {
        return vr == Vr.PN ? characterSet.decodeName(value) : characterSet.decode(value);
    }

    /** Text in another character set, padded. What could not be read stays U+FFFD. */
    public static byte[] reencoded(Vr vr, byte[] value, CharacterSet from, CharacterSet to) {
        byte[] text = to.encode(decoded(vr, value, from)).orElseGet(() -> trimmed(value));
        byte[] even = java.util.Arrays.copyOf(text, text.length + text.length % 2);
        if (even.length > text.length) {
            even[text.length] = (byte) (vr == Vr.UI ? 0 : ' ');
        }
        return even;
    }

    /** Bytes that swap together when the byte order changes. */
    public static int swapBytes(Vr vr) {
        return ValueDecoder.swapBytes(vr);
    }

    /** A copy with the bytes of each whole unit reversed; a rest stays as it is. */
    public static byte[] swapped(byte[] bytes, int unit) {
        return unit == 1 ? bytes : ValueDecoder.swapped(bytes, unit);
    }

    /** Whether the bytes are the items of a sequence in Implicit VR Little Endian, as an UN value may be (PS3.5 §6.2.2). */
    public static boolean areItems(byte[] value) {
        if (value.length < 8 || value[0] != (byte) 0xFE || value[1] != (byte) 0xFF) {
            return false;
        }
        try {
            return !ItemsReader.read(value, Encoding.IMPLICIT_LITTLE).isEmpty();
        } catch (org.archipelago.contract.ArchiveException noItems) {
            return false;
        }
    }

    /** The terms of Specific Character Set (0008,0005). */
    public static List<String> characterSet(AttributeSet attributes) {
        return DataSetCodec.characterSet(attributes);
    }
}

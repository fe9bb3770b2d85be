package org.archipelago.node.dicom.dataset;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.RawDataSet.BulkAt;
import org.archipelago.node.dicom.dataset.RawDataSet.Bytes;
import org.archipelago.node.dicom.dataset.RawDataSet.Items;
import org.archipelago.node.dicom.dataset.RawDataSet.RawElement;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.text.CharacterSet;

/** Turns collected bytes into attributes, when character sets and pixel representation are known. */
final class AttributeDecoder {
    private static final int PIXEL_REPRESENTATION = 0x00280103;
    /** An UN value may hold sequences whose UN values hold sequences; each is parsed on its own. */
    private static final int MAX_UN_DEPTH = 8;

    private final CharacterSet defaultCharacterSet;

    AttributeDecoder(CharacterSet defaultCharacterSet) {
        this.defaultCharacterSet = defaultCharacterSet;
    }

    AttributeSet decode(RawDataSet root) {
        return decode(root, new Context(defaultCharacterSet, false, 0));
    }

    /** What an item inherits from the data set around it. */
    private record Context(CharacterSet characterSet, boolean signedPixels, int unDepth) {}

    private AttributeSet decode(RawDataSet raw, Context outer) {
        Context context = inner(raw, outer);
        TreeMap<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
        raw.elements.forEach((tag, element) -> attributes.put(tag, attribute(tag, element, context)));
        return new AttributeSet(attributes);
    }

    private static Context inner(RawDataSet raw, Context outer) {
        CharacterSet characterSet = outer.characterSet;
        byte[] terms = raw.bytes(Tags.SPECIFIC_CHARACTER_SET);
        if (terms != null && terms.length > 0) {
            characterSet = CharacterSet.of(List.of(ValueDecoder.trimmed(new String(terms, StandardCharsets.US_ASCII))
                    .split("\\\\", -1)));
        }
        byte[] representation = raw.bytes(PIXEL_REPRESENTATION);
        boolean signed = representation == null || representation.length < 2
                ? outer.signedPixels
                : (representation[0] | representation[1]) == 1;
        return new Context(characterSet, signed, outer.unDepth);
    }

    private Attribute attribute(int tag, RawElement element, Context context) {
        return switch (element.value()) {
            case Items(List<RawDataSet> items) -> items(items, context);
            case BulkAt(long offset, long length) ->
                new Attribute(bulkVr(tag, element.vr()), List.of(new Value.Bulk(offset, length)));
            case Bytes(byte[] bytes) -> bytes(tag, element, bytes, context);
        };
    }

    /** In Implicit VR, pixel data is OW (PS3.5 §A.1) and so is what the dictionary leaves open. */
    private static Vr bulkVr(int tag, Vr vr) {
        return vr == Vr.UN ? Dictionary.vr(tag) : vr;
    }

    private Attribute items(List<RawDataSet> items, Context context) {
        List<Value> values = new ArrayList<>(items.size());
        for (RawDataSet item : items) {
            values.add(new Value.Item(decode(item, context)));
        }
        return new Attribute(Vr.SQ, values);
    }

    private Attribute bytes(int tag, RawElement element, byte[] bytes, Context context) {
        Vr vr = element.vr();
        boolean big = element.encoding().bigEndian();
        if (vr == Vr.UN && Dictionary.vr(tag) != Vr.UN) {
            // PS3.5 §6.2.2: a value of VR UN is encoded as in Implicit VR Little Endian.
            vr = Dictionary.vr(tag);
            big = false;
        }
        if (vr == Vr.SQ) {
            return unknownSequence(bytes, context);
        }
        if ((vr == Vr.US || vr == Vr.SS) && !element.encoding().explicit()) {
            vr = ambiguous(tag, vr, context);
        }
        return ValueDecoder.attribute(vr, bytes, big, context.characterSet);
    }

    private static Vr ambiguous(int tag, Vr usual, Context context) {
        List<Vr> possible = Dictionary.entry(tag).map(Dictionary.Entry::vrs).orElse(List.of(usual));
        return possible.contains(Vr.SS) && possible.contains(Vr.US) && context.signedPixels ? Vr.SS : usual;
    }

    private Attribute unknownSequence(byte[] bytes, Context context) {
        if (bytes.length == 0) {
            return new Attribute(Vr.SQ, List.of());
        }
        if (context.unDepth < MAX_UN_DEPTH) {
            try {
                Context deeper = new Context(context.characterSet, context.signedPixels, context.unDepth + 1);
                return items(ItemsReader.read(bytes, Encoding.IMPLICIT_LITTLE), deeper);
            } catch (ArchiveException noItems) {
                return new Attribute(Vr.UN, List.of(new Value.Inline(bytes)));
            }
        }
        return new Attribute(Vr.UN, List.of(new Value.Inline(bytes)));
    }
}

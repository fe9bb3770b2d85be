package org.archipelago.node.dicom.dataset;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.text.CharacterSet;

/**
 * A data set in Explicit VR Little Endian, made of a header in memory and bulk values that lie elsewhere; one element at a
 * time is encoded while it is read. Text is in the set's own character set, or in ISO_IR 192 where that lacks a character.
 * Sequences that hold bulk values have undefined lengths.
 */
public final class AssembledDataSet {
    /** Where bulk values lie. */
    public interface BulkValues {
        /** @param octets of a length of 0 or more */
        InputStream open(Value.Bulk octets);

        /** @param encapsulated of length -1; each of what is given back becomes one fragment (PS3.5 §A.4) */
        List<Value.Bulk> fragments(Value.Bulk encapsulated);
    }

    private static final Encoding ENCODING = Encoding.EXPLICIT_LITTLE;
    /** FFFFFFFFH means undefined, and an odd length is padded. */
    private static final long MAX_VALUE_BYTES = 0xFFFFFFFEL;

    /** What is written next. */
    private sealed interface Piece {}

    private record Encoded(int tag, Attribute attribute) implements Piece {}

    private record Bytes(byte[] bytes) implements Piece {}

    private record Stored(Value.Bulk bulk) implements Piece {}

    private final BulkValues values;
    private final CharacterSet characterSet;
    private final List<Piece> pieces = new ArrayList<>();
    private final long lengthBytes;

    private AssembledDataSet(AttributeSet set, BulkValues values, CharacterSet characterSet) {
        this.values = values;
        this.characterSet = characterSet;
        add(set, 0);
        long length = 0;
        for (Piece piece : pieces) {
            length += length(piece);
        }
        this.lengthBytes = length;
    }

    /** @throws ArchiveException INVALID_REQUEST a value does not fit its VR; DATASET_LIMIT it is too long for an element */
    public static AssembledDataSet of(AttributeSet set, BulkValues values) {
        CharacterSet own = CharacterSet.of(Values.characterSet(set));
        if (isRepresentable(set, own)) {
            return new AssembledDataSet(set, values, own);
        }
        if (!isRepresentable(set, CharacterSet.UTF8)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "text with unpaired surrogates");
        }
        Attribute utf8 = new Attribute(Vr.CS, List.of(new Value.Text("ISO_IR 192")));
        return new AssembledDataSet(set.with(Tags.SPECIFIC_CHARACTER_SET, utf8), values, CharacterSet.UTF8);
    }

    private static boolean isRepresentable(AttributeSet set, CharacterSet characterSet) {
        return set.attributes().entrySet().stream().allMatch(entry -> {
            Attribute attribute = entry.getValue();
            if (!holdsBulk(attribute)) {
                return Values.element(entry.getKey(), attribute, ENCODING, characterSet)
                        .isPresent();
            }
            return attribute.values().stream()
                    .allMatch(value ->
                            !(value instanceof Value.Item(AttributeSet item)) || isRepresentable(item, characterSet));
        });
    }

    private static boolean holdsBulk(Attribute attribute) {
        return attribute.values().stream().anyMatch(value -> switch (value) {
            case Value.Bulk _ -> true;
            case Value.Item(AttributeSet item) ->
                item.attributes().values().stream().anyMatch(AssembledDataSet::holdsBulk);
            case Value.Text _, Value.Name _, Value.Numeric _, Value.Inline _ -> false;
        });
    }

    private void add(AttributeSet set, int depth) {
        for (Map.Entry<Integer, Attribute> entry : set.attributes().entrySet()) {
            int tag = entry.getKey();
            Attribute attribute = entry.getValue();
            if (!holdsBulk(attribute)) {
                // The character set of the whole holds in its items, too.
                if (depth == 0 || tag != Tags.SPECIFIC_CHARACTER_SET) {
                    pieces.add(new Encoded(tag, attribute));
                }
            } else if (attribute.values().getFirst() instanceof Value.Bulk bulk) {
                bulk(tag, attribute.vr(), bulk);
            } else {
                sequence(tag, attribute, depth);
            }
        }
    }

    private void sequence(int tag, Attribute sequence, int depth) {
        header(tag, Vr.SQ, Element.UNDEFINED);
        for (Value value : sequence.values()) {
            if (!(value instanceof Value.Item(AttributeSet item))) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "value of VR SQ");
            }
            item(Element.ITEM, Element.UNDEFINED);
            add(item, depth + 1);
            item(Element.ITEM_DELIMITATION, 0);
        }
        item(Element.SEQUENCE_DELIMITATION, 0);
    }

    private void bulk(int tag, Vr vr, Value.Bulk bulk) {
        if (bulk.lengthBytes() >= 0) {
            header(tag, vr, even(bulk.lengthBytes()));
            stored(bulk, Values.isPadded(vr) && vr != Vr.UI ? ' ' : 0);
            return;
        }
        header(tag, Vr.OB, Element.UNDEFINED);
        item(Element.ITEM, 0); // an empty Basic Offset Table (PS3.5 §A.4)
        for (Value.Bulk fragment : values.fragments(bulk)) {
            item(Element.ITEM, even(fragment.lengthBytes()));
            stored(fragment, 0);
        }
        item(Element.SEQUENCE_DELIMITATION, 0);
    }

    private void stored(Value.Bulk octets, int padding) {
        pieces.add(new Stored(octets));
        if (octets.lengthBytes() % 2 == 1) {
            pieces.add(new Bytes(new byte[] {(byte) padding}));
        }
    }

    private static long even(long length) {
        if (length > MAX_VALUE_BYTES) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "bytes of one value");
        }
        return length + length % 2;
    }

    private interface Header {
        void write(ElementWriter writer) throws IOException;
    }

    private void header(int tag, Vr vr, long length) {
        write(writer -> writer.header(tag, vr, length));
    }

    private void item(int tag, long length) {
        write(writer -> writer.item(tag, length));
    }

    private void write(Header header) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            header.write(new ElementWriter(out, ENCODING));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pieces.add(new Bytes(out.toByteArray()));
    }

    private long length(Piece piece) {
        return switch (piece) {
            case Encoded encoded -> encoded(encoded).length;
            case Bytes(byte[] bytes) -> bytes.length;
            case Stored(Value.Bulk bulk) -> bulk.lengthBytes();
        };
    }

    private byte[] encoded(Encoded element) {
        Optional<byte[]> bytes = Values.element(element.tag(), element.attribute(), ENCODING, characterSet);
        return bytes.orElseThrow(
                () -> new IllegalStateException("the character set was chosen to have every character"));
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    /** The data set's bytes, once more with each call. */
    public InputStream open() {
        Iterator<Piece> rest = pieces.iterator();
        return new SequenceInputStream(new Enumeration<>() {
            @Override
            public boolean hasMoreElements() {
                return rest.hasNext();
            }

            @Override
            public InputStream nextElement() {
                return switch (rest.next()) {
                    case Encoded encoded -> new ByteArrayInputStream(encoded(encoded));
                    case Bytes(byte[] bytes) -> new ByteArrayInputStream(bytes);
                    case Stored(Value.Bulk bulk) -> values.open(bulk);
                };
            }
        });
    }
}

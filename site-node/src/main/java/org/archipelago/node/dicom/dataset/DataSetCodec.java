package org.archipelago.node.dicom.dataset;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.ValueEncoder.NotRepresentable;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;
import org.archipelago.node.dicom.text.CharacterSet;

/** Whole data sets in memory: identifiers, action information, lists of failed instances. Nothing becomes bulk. */
public final class DataSetCodec {
    private static final int MAX_DEPTH = 64;

    private DataSetCodec() {}

    /**
     * An empty array is an empty data set.
     *
     * @throws ArchiveException NOT_A_DATASET, DATASET_LIMIT
     */
    public static AttributeSet decode(byte[] dataset, TransferSyntaxUid transferSyntax) {
        return decode(dataset, transferSyntax, Optional.empty());
    }

    /** @param defaultCharacterSet of text when the data set has no Specific Character Set (0008,0005) */
    public static AttributeSet decode(
            byte[] dataset, TransferSyntaxUid transferSyntax, Optional<String> defaultCharacterSet) {
        if (dataset.length == 0) {
            return AttributeSet.EMPTY;
        }
        try (HeaderCollector collector =
                new HeaderCollector(transferSyntax, defaultCharacterSet, DataSetLimits.ofCommand(dataset.length))) {
            collector.feed(dataset, 0, dataset.length);
            AttributeSet attributes = collector.finish().attributes();
            if (attributes.attributes().values().stream().anyMatch(DataSetCodec::isBulk)) {
                throw new ArchiveException(ArchiveError.DATASET_LIMIT, "pixel data in a command's data set");
            }
            return attributes;
        }
    }

    private static boolean isBulk(Attribute attribute) {
        return attribute.values().stream().anyMatch(Value.Bulk.class::isInstance);
    }

    /** Encodes text in the set's own Specific Character Set (0008,0005), or as the other method does. */
    public static byte[] encode(AttributeSet attributes, TransferSyntaxUid transferSyntax) {
        return encode(attributes, transferSyntax, characterSet(attributes));
    }

    /**
     * Sequences and items have defined lengths. Where a character is not in the character set, all text is encoded in
     * ISO_IR 192 instead; (0008,0005) says which it was, and is absent when all text is ASCII and it was not in the set.
     *
     * @throws ArchiveException INVALID_REQUEST when a value does not fit its VR; DATASET_LIMIT
     */
    public static byte[] encode(AttributeSet attributes, TransferSyntaxUid transferSyntax, List<String> characterSet) {
        TransferSyntax syntax = TransferSyntax.of(transferSyntax);
        byte[] encoded;
        try {
            encoded = encode(attributes, syntax.encoding(), CharacterSet.of(characterSet));
        } catch (NotRepresentable e) {
            encoded = inUtf8(attributes, syntax.encoding());
        }
        return syntax.deflated() ? deflated(encoded) : encoded;
    }

    static List<String> characterSet(AttributeSet attributes) {
        return attributes.get(Tags.SPECIFIC_CHARACTER_SET).map(Attribute::values).orElse(List.of()).stream()
                .map(value -> value instanceof Value.Text(String term) ? term : "")
                .toList();
    }

    private static byte[] inUtf8(AttributeSet attributes, Encoding encoding) {
        try {
            return encode(attributes, encoding, CharacterSet.UTF8);
        } catch (NotRepresentable e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "text with unpaired surrogates", e);
        }
    }

    private static byte[] encode(AttributeSet attributes, Encoding encoding, CharacterSet characterSet)
            throws NotRepresentable {
        boolean declared = attributes.contains(Tags.SPECIFIC_CHARACTER_SET)
                || !characterSet.terms().isEmpty() && !isAscii(attributes);
        AttributeSet top = attributes;
        if (declared) {
            List<Value> terms = characterSet.terms().stream()
                    .map(term -> (Value) new Value.Text(term))
                    .toList();
            top = attributes.with(Tags.SPECIFIC_CHARACTER_SET, new Attribute(Vr.CS, terms));
        }
        return bytes(top, encoding, characterSet, 0);
    }

    private static boolean isAscii(AttributeSet attributes) {
        return attributes.attributes().values().stream()
                .flatMap(attribute -> attribute.values().stream())
                .allMatch(value -> switch (value) {
                    case Value.Text(String text) -> text.chars().allMatch(c -> c < 0x80);
                    case Value.Name(var name) ->
                        ValueEncoder.joined(name).chars().allMatch(c -> c < 0x80);
                    case Value.Item(AttributeSet item) -> isAscii(item);
                    case Value.Numeric _, Value.Inline _, Value.Bulk _ -> true;
                });
    }

    /** The bytes of an item's content or a data set; a nested (0008,0005) is left out, since the outer one holds for all. */
    static byte[] bytes(AttributeSet attributes, Encoding encoding, CharacterSet characterSet, int depth)
            throws NotRepresentable {
        if (depth > MAX_DEPTH) {
            throw new ArchiveException(ArchiveError.DATASET_LIMIT, "nesting");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ElementWriter writer = new ElementWriter(out, encoding);
        try {
            for (Map.Entry<Integer, Attribute> entry : attributes.attributes().entrySet()) {
                if (depth == 0 || entry.getKey() != Tags.SPECIFIC_CHARACTER_SET) {
                    byte[] value = value(entry.getValue(), encoding, characterSet, depth);
                    writer.header(entry.getKey(), entry.getValue().vr(), value.length);
                    writer.value(value);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] value(Attribute attribute, Encoding encoding, CharacterSet characterSet, int depth)
            throws NotRepresentable {
        if (attribute.vr() != Vr.SQ) {
            return ValueEncoder.bytes(attribute, encoding.bigEndian(), characterSet);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ElementWriter writer = new ElementWriter(out, encoding);
        try {
            for (Value value : attribute.values()) {
                if (!(value instanceof Value.Item(AttributeSet item))) {
                    throw new ArchiveException(ArchiveError.INVALID_REQUEST, "value of VR SQ");
                }
                byte[] content = bytes(item, encoding, characterSet, depth + 1);
                writer.item(Element.ITEM, content.length);
                writer.value(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] deflated(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true)) {
            try (DeflaterOutputStream deflating = new DeflaterOutputStream(out, deflater)) {
                deflating.write(plain);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (out.size() % 2 == 1) {
            out.write(0);
        }
        return out.toByteArray();
    }
}

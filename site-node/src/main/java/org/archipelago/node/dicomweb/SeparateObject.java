package org.archipelago.node.dicomweb;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.node.dicom.dataset.AssembledDataSet;
import org.archipelago.node.dicom.pixel.ImageDescription;
import org.archipelago.node.dicomweb.BulkReferences.CompressedFrames;

/**
 * An instance whose metadata and bulk data came apart, put together (PS3.18 §10.5.1.4).
 *
 * @param transferSyntax that of its compressed frames, else Explicit VR Little Endian (PS3.18 §8.7.3.5)
 */
record SeparateObject(TransferSyntaxUid transferSyntax, AssembledDataSet dataset) {
    private static final int TRANSFER_SYNTAX_UID = 0x00020010;
    private static final int AVAILABLE_TRANSFER_SYNTAX_UID = 0x00083002;
    private static final int SAMPLES_PER_PIXEL = 0x00280002;
    private static final int PHOTOMETRIC_INTERPRETATION = 0x00280004;
    private static final List<Integer> IMAGE_PIXEL =
            List.of(SAMPLES_PER_PIXEL, PHOTOMETRIC_INTERPRETATION, Tags.ROWS, Tags.COLUMNS, Tags.BITS_ALLOCATED);

    /**
     * @throws ArchiveException INVALID_REQUEST metadata and bulk data do not fit together; UNSUPPORTED_MEDIA compressed
     *     frames of a kind that no data set holds
     */
    static SeparateObject of(AttributeSet metadata, BulkReferences bulk, AssembledDataSet.BulkValues values) {
        Set<String> syntaxes = new TreeSet<>();
        collect(metadata, metadata, bulk, syntaxes);
        if (syntaxes.size() > 1) {
            throw invalid("frames of several transfer syntaxes in one object");
        }
        Optional<Value.Bulk> pixels = pixels(metadata);
        boolean encapsulated = pixels.filter(b -> b.lengthBytes() < 0).isPresent();
        if (encapsulated) {
            checkFrames(metadata, bulk.compressed(pixels.get()));
        } else if (!syntaxes.isEmpty()) {
            throw invalid("a compressed image in an item of an object without compressed pixel data");
        } else {
            checkOctets(metadata);
        }
        // What describes the message is not of the object; group lengths, offsets and the like were those of other
        // bytes.
        AttributeSet own = metadata.filter(tag -> tag >>> 16 != 0x0002
                && (tag & 0xFFFF) != 0
                && tag != AVAILABLE_TRANSFER_SYNTAX_UID
                && !ImageDescription.OF_ENCAPSULATION.contains(tag));
        TransferSyntaxUid syntax = syntaxes.stream()
                .findFirst()
                .map(TransferSyntaxUid::new)
                .orElse(TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        return new SeparateObject(syntax, AssembledDataSet.of(own, values));
    }

    private static Optional<Value.Bulk> pixels(AttributeSet set) {
        return set.get(Tags.PIXEL_DATA)
                .filter(attribute -> !attribute.isEmpty())
                .map(attribute -> attribute.values().getFirst())
                .flatMap(value -> value instanceof Value.Bulk bulk ? Optional.of(bulk) : Optional.empty());
    }

    private static void collect(AttributeSet top, AttributeSet set, BulkReferences bulk, Set<String> syntaxes) {
        pixels(set)
                .filter(b -> b.lengthBytes() < 0)
                .ifPresent(b -> syntaxes.add(syntax(top, bulk.compressed(b)).value()));
        set.attributes().values().stream()
                .flatMap(attribute -> attribute.values().stream())
                .forEach(value -> {
                    if (value instanceof Value.Item(AttributeSet item)) {
                        collect(top, item, bulk, syntaxes);
                    }
                });
    }

    /** As the part says, or the metadata where that fits the part's media type, or that type's default. */
    private static TransferSyntaxUid syntax(AttributeSet top, CompressedFrames frames) {
        String media = Syntaxes.registered(frames.media());
        Optional<TransferSyntaxUid> named = frames.transferSyntax().map(TransferSyntaxUid::new);
        if (named.isPresent()) {
            boolean octets = media.equals("application/octet-stream");
            if (octets || Syntaxes.media(named.get()).filter(media::equals).isPresent()) {
                return named.get();
            }
            throw new ArchiveException(
                    ArchiveError.UNSUPPORTED_MEDIA, "frames whose media type is not of their transfer syntax");
        }
        return Stream.of(TRANSFER_SYNTAX_UID, AVAILABLE_TRANSFER_SYNTAX_UID)
                .flatMap(tag -> top.get(tag).map(Attribute::values).orElse(List.of()).stream())
                .flatMap(value -> value instanceof Value.Text(String uid) ? Stream.of(uid) : Stream.empty())
                .map(TransferSyntaxUid::new)
                .filter(syntax -> Syntaxes.media(syntax).filter(media::equals).isPresent())
                .findFirst()
                .or(() -> Syntaxes.usual(media))
                .orElseThrow(() -> new ArchiveException(
                        ArchiveError.UNSUPPORTED_MEDIA, "pixel data of a media type that is not taken in frames"));
    }

    /** The media types that need no Image Pixel Description (PS3.18 Table 10.5.2-1) are not looked into for it. */
    private static void checkFrames(AttributeSet metadata, CompressedFrames frames) {
        for (int tag : IMAGE_PIXEL) {
            if (metadata.text(tag).isEmpty()) {
                throw invalid("compressed pixel data without " + Tags.hex(tag) + " in the metadata");
            }
        }
        if (number(metadata, Tags.NUMBER_OF_FRAMES).orElse(1L)
                != frames.frames().size()) {
            throw invalid("pixel data in another number of parts than there are frames");
        }
    }

    /** Fewer octets than the image has would be another image. */
    private static void checkOctets(AttributeSet metadata) {
        Optional<Long> length = metadata.get(Tags.PIXEL_DATA)
                .filter(attribute -> !attribute.isEmpty())
                .map(attribute -> switch (attribute.values().getFirst()) {
                    case Value.Bulk bulk -> bulk.lengthBytes();
                    case Value.Inline(byte[] bytes) -> (long) bytes.length;
                    case Value.Text _, Value.Name _, Value.Numeric _, Value.Item _ -> Long.MAX_VALUE;
                });
        Optional<Long> rows = number(metadata, Tags.ROWS);
        Optional<Long> columns = number(metadata, Tags.COLUMNS);
        Optional<Long> bits = number(metadata, Tags.BITS_ALLOCATED);
        if (length.isEmpty() || rows.isEmpty() || columns.isEmpty() || bits.isEmpty()) {
            return;
        }
        boolean subsampled = metadata.text(PHOTOMETRIC_INTERPRETATION)
                .filter(interpretation -> interpretation.endsWith("_422"))
                .isPresent();
        BigDecimal samples = subsampled
                ? BigDecimal.TWO
                : BigDecimal.valueOf(number(metadata, SAMPLES_PER_PIXEL).orElse(1L));
        BigDecimal neededBits = BigDecimal.valueOf(rows.get())
                .multiply(BigDecimal.valueOf(columns.get()))
                .multiply(BigDecimal.valueOf(bits.get()))
                .multiply(samples)
                .multiply(BigDecimal.valueOf(
                        number(metadata, Tags.NUMBER_OF_FRAMES).orElse(1L)));
        if (neededBits.compareTo(BigDecimal.valueOf(length.get()).multiply(BigDecimal.valueOf(Byte.SIZE))) > 0) {
            throw invalid("fewer octets of pixel data than the image has");
        }
    }

    private static Optional<Long> number(AttributeSet set, int tag) {
        return set.text(tag)
                .map(String::strip)
                .filter(text -> text.matches("[0-9]{1,12}"))
                .map(Long::valueOf);
    }

    private static ArchiveException invalid(String what) {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, what);
    }
}

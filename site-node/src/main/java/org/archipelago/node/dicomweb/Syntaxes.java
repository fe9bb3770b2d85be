package org.archipelago.node.dicomweb;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** Which media type compressed pixel data of a transfer syntax is (PS3.18 Tables 8.7.3-2, 8.7.3-4 and 8.7.3-5). */
final class Syntaxes {
    private static final String PREFIX = "1.2.840.10008.1.2.4.";

    private static final Map<String, String> MEDIA = Map.ofEntries(
            Map.entry(PREFIX + "50", "image/jpeg"),
            Map.entry(PREFIX + "51", "image/jpeg"),
            Map.entry(PREFIX + "57", "image/jpeg"),
            Map.entry(PREFIX + "70", "image/jpeg"),
            Map.entry(PREFIX + "80", "image/jls"),
            Map.entry(PREFIX + "81", "image/jls"),
            Map.entry(PREFIX + "90", "image/jp2"),
            Map.entry(PREFIX + "91", "image/jp2"),
            Map.entry(PREFIX + "92", "image/jpx"),
            Map.entry(PREFIX + "93", "image/jpx"),
            Map.entry(PREFIX + "110", "image/jxl"),
            Map.entry(PREFIX + "111", "image/jxl"),
            Map.entry(PREFIX + "112", "image/jxl"),
            Map.entry(PREFIX + "201", "image/jphc"),
            Map.entry(PREFIX + "202", "image/jphc"),
            Map.entry(PREFIX + "203", "image/jphc"),
            Map.entry("1.2.840.10008.1.2.5", "image/dicom-rle"));

    /** Syntaxes whose pixels may have lost something already: to decode them gives nothing back (PS3.18 §8.7.3.4). */
    private static final Set<String> LOSSY = Set.of(
            PREFIX + "50",
            PREFIX + "51",
            PREFIX + "81",
            PREFIX + "91",
            PREFIX + "93",
            PREFIX + "111",
            PREFIX + "112",
            PREFIX + "203");

    /** What a media type means where no transfer syntax is named (PS3.18 Tables 8.7.3-2 and 8.7.3-4). */
    private static final Map<String, String> USUAL = Map.of(
            "image/jpeg", PREFIX + "70",
            "image/jls", PREFIX + "80",
            "image/jp2", PREFIX + "90",
            "image/jpx", PREFIX + "92",
            "image/dicom-rle", "1.2.840.10008.1.2.5");

    private static final Map<String, String> OTHER_NAMES =
            Map.of("image/x-jls", "image/jls", "image/x-dicom-rle", "image/dicom-rle", "image/jpg", "image/jpeg");

    private static final Set<TransferSyntaxUid> NATIVE = Set.of(
            TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN);

    private Syntaxes() {}

    static Optional<String> media(TransferSyntaxUid syntax) {
        return Optional.ofNullable(MEDIA.get(syntax.value()));
    }

    static Optional<TransferSyntaxUid> usual(String media) {
        return Optional.ofNullable(USUAL.get(media)).map(TransferSyntaxUid::new);
    }

    /** The registered name of a media type that is also known by others. */
    static String registered(String media) {
        return OTHER_NAMES.getOrDefault(media, media);
    }

    static boolean isLossy(TransferSyntaxUid syntax) {
        return LOSSY.contains(syntax.value());
    }

    /** Whether frames of it are plain values, so that asking for them uncompressed asks for no decoding. */
    static boolean isNative(TransferSyntaxUid syntax) {
        return NATIVE.contains(syntax);
    }

    /** A syntax that names uncompressed little endian pixels. */
    static boolean namesUncompressed(String uid) {
        return uid.equals(TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN.value())
                || uid.equals(TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN.value());
    }
}

package org.archipelago.node.dicomweb;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * How frames leave (PS3.18 §10.4.1.1.6, Tables 8.7.3-2 to 8.7.3-5): decoded, or as stored under the media type asked for.
 *
 * @param multipart one part for each frame, or the one frame alone
 * @param decoded whether to decode
 * @param media media type of each frame
 * @param syntax what the frames are in
 */
record FrameNegotiation(boolean multipart, boolean decoded, String media, TransferSyntaxUid syntax) {
    private static final String OCTETS = "application/octet-stream";

    /** Every form that the caller takes, best first. */
    static List<FrameNegotiation> of(List<MediaRange> ranges, TransferSyntaxUid stored, boolean oneFrame) {
        List<FrameNegotiation> forms = ranges.stream()
                .filter(range -> oneFrame || range.isMultipart() || range.isAnything())
                .flatMap(range -> forms(range, stored).stream())
                .distinct()
                .toList();
        if (forms.isEmpty()) {
            throw new ArchiveException(
                    ArchiveError.NOT_ACCEPTABLE,
                    "frames are stored in " + stored + "; they leave as multipart/related of application/octet-stream"
                            + Syntaxes.media(stored).map(m -> " or " + m).orElse(""));
        }
        return forms;
    }

    private static List<FrameNegotiation> forms(MediaRange range, TransferSyntaxUid stored) {
        boolean multipart = range.isMultipart() || range.isAnything();
        Optional<String> syntax = range.parameter("transfer-syntax");
        String payload = Syntaxes.registered(range.payload());
        FrameNegotiation asOctets = new FrameNegotiation(multipart, false, OCTETS, stored);
        FrameNegotiation plain =
                new FrameNegotiation(multipart, true, OCTETS, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        boolean any = syntax.filter("*"::equals).isPresent();
        boolean asStored = syntax.filter(stored.value()::equals).isPresent();
        if (payload.equals("*/*")) {
            if (any || asStored) {
                return Syntaxes.isNative(stored) ? List.of(plain) : List.of(asOctets);
            }
            return syntax.isEmpty() ? List.of(plain, asOctets) : named(syntax.get(), plain);
        }
        if (payload.equals(OCTETS) || payload.equals("application/*")) {
            if ((any || asStored) && !Syntaxes.isNative(stored)) {
                return List.of(asOctets);
            }
            return syntax.isEmpty() || any || asStored ? List.of(plain) : named(syntax.get(), plain);
        }
        Optional<String> media = Syntaxes.media(stored);
        boolean fits = media.isPresent() && (payload.equals("image/*") || payload.equals(media.get()));
        return fits && (syntax.isEmpty() || any || asStored)
                ? List.of(new FrameNegotiation(multipart, false, media.get(), stored))
                : List.of();
    }

    private static List<FrameNegotiation> named(String syntax, FrameNegotiation plain) {
        return Syntaxes.namesUncompressed(syntax) ? List.of(plain) : List.of();
    }

    String contentType() {
        return media + ";transfer-syntax=" + syntax;
    }
}

package org.archipelago.node.dicomweb;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.json.DicomJson;

/**
 * Puts in the place of each BulkDataURI where its bytes wait. The first that cannot be resolved is kept for
 * {@link #check}, since the data set has to be read to its end to say whose it is.
 */
final class BulkReferences implements DicomJson.BulkDataResolver {
    private static final Value.Bulk NOTHING = new Value.Bulk(0, 0);
    private static final String OCTETS = "application/octet-stream";

    /** Compressed frames of one image, all of one media type. */
    record CompressedFrames(String media, Optional<String> transferSyntax, List<Value.Bulk> frames) {}

    private final BulkParts parts;
    /** By the offset of the first frame. */
    private final Map<Long, CompressedFrames> compressed = new HashMap<>();

    private Optional<ArchiveException> trouble = Optional.empty();

    BulkReferences(BulkParts parts) {
        this.parts = parts;
    }

    @Override
    public Value resolve(int tag, Vr vr, String uri) {
        try {
            return resolved(tag, vr, parts.take(uri));
        } catch (ArchiveException e) {
            trouble = trouble.or(() -> Optional.of(e));
            return NOTHING;
        }
    }

    private Value.Bulk resolved(int tag, Vr vr, List<BulkParts.Part> found) {
        String name = "the bulk data of " + Tags.hex(tag);
        if (vr == Vr.SQ) {
            throw invalid("a BulkDataURI in the place of a sequence, " + Tags.hex(tag));
        }
        if (found.isEmpty()) {
            throw invalid(name + " did not come");
        }
        for (BulkParts.Part part : found) {
            if (part.flaw().isPresent()) {
                throw invalid(name + " " + part.flaw().get());
            }
        }
        if (tag == Tags.PIXEL_DATA && isCompressed(found.getFirst())) {
            return frames(name, found);
        }
        if (found.size() > 1) {
            throw invalid(name + " came more than once");
        }
        return found.getFirst().bytes();
    }

    private Value.Bulk frames(String name, List<BulkParts.Part> found) {
        BulkParts.Part first = found.getFirst();
        for (BulkParts.Part part : found) {
            if (!part.media().equals(first.media()) || !part.transferSyntax().equals(first.transferSyntax())) {
                throw invalid(name + " came in frames of different types");
            }
            if (part.bytes().lengthBytes() == 0) {
                throw invalid(name + " has an empty frame");
            }
        }
        long offset = first.bytes().offsetBytes();
        compressed.put(
                offset,
                new CompressedFrames(
                        first.media(),
                        first.transferSyntax(),
                        found.stream().map(BulkParts.Part::bytes).toList()));
        return new Value.Bulk(offset, -1);
    }

    /** Whatever is no plain octets is compressed, and so are octets of a syntax that says so. */
    private static boolean isCompressed(BulkParts.Part part) {
        return !part.media().equals(OCTETS)
                || part.transferSyntax()
                        .filter(syntax -> !syntax.equals("*"))
                        .map(TransferSyntaxUid::new)
                        .filter(syntax -> TransferSyntax.of(syntax).encapsulated())
                        .isPresent();
    }

    CompressedFrames compressed(Value.Bulk encapsulated) {
        return java.util.Objects.requireNonNull(compressed.get(encapsulated.offsetBytes()));
    }

    /**
     * After each data set.
     *
     * @throws ArchiveException INVALID_REQUEST one of its references led nowhere
     */
    void check() {
        Optional<ArchiveException> found = trouble;
        forget();
        if (found.isPresent()) {
            throw found.get();
        }
    }

    /** Of a data set that was refused for another reason. */
    void forget() {
        trouble = Optional.empty();
    }

    private static ArchiveException invalid(String what) {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, what);
    }
}

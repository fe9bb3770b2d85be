package org.archipelago.node.dicomweb;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * How objects leave: in what form, and in which transfer syntaxes, best first (PS3.18 §8.7.8).
 *
 * @param multipart one part for each object, or the one object alone
 * @param syntaxes wishes as given
 */
record ObjectNegotiation(boolean multipart, List<Wish> syntaxes) {
    private static final String DICOM = "application/dicom";

    /** One wish for a transfer syntax. */
    sealed interface Wish {
        /** None named: Explicit VR Little Endian, or as stored where that is lossy or cannot be decoded (PS3.18 §8.7.3.4). */
        record Default() implements Wish {}

        /** {@code *}: as stored. */
        record AsStored() implements Wish {}

        record Named(TransferSyntaxUid uid) implements Wish {}
    }

    /**
     * @param oneObject whether the resource is a single instance, which may leave without multipart
     * @throws ArchiveException NOT_ACCEPTABLE
     */
    static ObjectNegotiation of(List<MediaRange> ranges, boolean oneObject) {
        Boolean multipart = null;
        List<Wish> wishes = new ArrayList<>();
        for (MediaRange range : ranges) {
            boolean manyParts = range.isMultipart() || range.isAnything();
            if (!range.takes(DICOM) || !manyParts && !oneObject) {
                continue;
            }
            if (multipart == null) {
                multipart = manyParts;
            }
            if (multipart == manyParts) {
                wishes.add(wish(range));
            }
        }
        if (multipart == null) {
            throw new ArchiveException(
                    ArchiveError.NOT_ACCEPTABLE,
                    "objects leave as multipart/related; type=\"application/dicom\""
                            + (oneObject ? " or application/dicom" : ""));
        }
        return new ObjectNegotiation(multipart, wishes);
    }

    private static Wish wish(MediaRange range) {
        return range.parameter("transfer-syntax")
                .<Wish>map(syntax ->
                        syntax.equals("*") ? new Wish.AsStored() : new Wish.Named(new TransferSyntaxUid(syntax)))
                .orElseGet(Wish.Default::new);
    }

    /** Transfer syntaxes to ask of the archive for an object stored in this one; empty: as stored. */
    List<TransferSyntaxUid> accepted(TransferSyntaxUid stored) {
        List<TransferSyntaxUid> accepted = new ArrayList<>();
        for (Wish wish : syntaxes) {
            switch (wish) {
                case Wish.Named(TransferSyntaxUid uid) -> accepted.add(uid);
                case Wish.AsStored _ -> accepted.add(stored);
                case Wish.Default _ -> {
                    if (Syntaxes.isLossy(stored)) {
                        accepted.add(stored);
                    }
                    accepted.add(TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
                }
            }
        }
        return accepted.getFirst().equals(stored)
                ? List.of()
                : accepted.stream().distinct().toList();
    }

    /** Whether the stored syntax will do where decoding fails. */
    boolean storedWillDo() {
        return syntaxes.stream().anyMatch(wish -> !(wish instanceof Wish.Named));
    }
}

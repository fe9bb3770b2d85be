package org.archipelago.node.dicom.output;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.CanonicalDigests;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.PlainBytes;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.dataset.StreamedDataSet;
import org.archipelago.node.dicom.text.CharacterSet;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of a data set's canonical form: Explicit VR Little Endian; defined lengths; no group lengths, offset tables or
 * trailing padding; the registry's VR for registered attributes and UN for others; pixels of lossless syntaxes decoded,
 * samples of a pixel beside each other, bits above the stored ones as the sign says; lossy codestreams as they are, frame
 * by frame. Memory is bounded by a frame. Thread-safe.
 */
public final class ContentDigests implements CanonicalDigests {
    private final DataSetLimits limits;

    public ContentDigests(DataSetLimits limits) {
        this.limits = limits;
    }

    @Override
    public Optional<Digest> of(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException {
        return of(plain, transferSyntax, null);
    }

    /**
     * As {@link #of} without some top-level attributes, and whatever character set text is in: a correction may have had to
     * change it.
     *
     * @param assumedCharacterSet of text when the data set names none
     */
    public Optional<Digest> without(
            Set<Integer> tags,
            SeekableByteChannel plain,
            TransferSyntaxUid transferSyntax,
            Optional<String> assumedCharacterSet)
            throws IOException {
        CharacterSet own = CharacterSet.of(assumedCharacterSet
                .map(terms -> List.of(terms.split("\\\\", -1)))
                .orElse(List.of()));
        return of(plain, transferSyntax, new CanonicalForm.Mask(tags, own));
    }

    private Optional<Digest> of(
            SeekableByteChannel plain, TransferSyntaxUid transferSyntax, CanonicalForm.@Nullable Mask mask)
            throws IOException {
        CollectedHeader header = new StoredHeaders(limits).collect(plain, transferSyntax, Optional.empty());
        SeekableByteChannel bytes = PlainBytes.open(plain, transferSyntax);
        try {
            CanonicalPixels pixels = CanonicalPixels.of(bytes, transferSyntax, header);
            CanonicalForm measured = CanonicalForm.measuring(pixels, limits, mask);
            StreamedDataSet.drive(bytes, transferSyntax, measured, limits);
            CanonicalForm digested = measured.digesting();
            StreamedDataSet.drive(bytes, transferSyntax, digested, limits);
            return Optional.of(digested.digest());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.TRANSCODING_FAILED) {
                return Optional.empty();
            }
            throw e;
        }
    }
}

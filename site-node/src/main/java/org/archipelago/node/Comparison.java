package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.CanonicalDigests;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.output.ContentDigests;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.retrieve.StoredBytes;

/** Compares two stored objects by their canonical digests, and where those differ by their pixels alone. Memory is bounded by a frame. */
final class Comparison implements ContentComparison {
    private final StoredBytes bytes;
    private final DataSetLimits limits;
    private final CanonicalDigests digests;

    Comparison(StoredBytes bytes, DataSetLimits limits) {
        this.bytes = bytes;
        this.limits = limits;
        this.digests = new ContentDigests(limits);
    }

    static Archive.Comparisons configured(Configuration configuration) {
        return bytes -> new Comparison(bytes, ArchiveNode.limits(configuration));
    }

    @Override
    public Result compare(StudyCopyId study, StoredObject current, StoredObject incoming) {
        try {
            Optional<Digest> first = canonical(study, current);
            Optional<Digest> second = canonical(study, incoming);
            if (first.isEmpty() || second.isEmpty()) {
                return Result.NOT_COMPARABLE;
            }
            if (first.equals(second)) {
                return Result.ONLY_ENCODING_DIFFERS;
            }
            return pixels(study, current).equals(pixels(study, incoming))
                    ? Result.CONTENT_DIFFERS
                    : Result.PIXELS_DIFFER;
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case TRANSCODING_FAILED, NOT_A_DATASET, DATASET_LIMIT -> Result.NOT_COMPARABLE;
                default -> throw e;
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Digest> canonical(StudyCopyId study, StoredObject object) throws IOException {
        try (SeekableByteChannel plain = bytes.open(study.stream(), object.blob())) {
            return digests.of(plain, object.transferSyntax());
        }
    }

    /** Of all frames, decoded; empty without pixel data. */
    private Optional<Digest> pixels(StudyCopyId study, StoredObject object) throws IOException {
        try (SeekableByteChannel plain = bytes.open(study.stream(), object.blob())) {
            return Optional.of(digestOf(plain, object.transferSyntax()));
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Digest digestOf(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException {
        Frames frames = Frames.open(plain, transferSyntax, limits);
        MessageDigest digest = Digest.newSha256();
        for (int frame = 0; frame < frames.count(); frame++) {
            digest.update(frames.decoded(frame).pixels());
        }
        return Digest.of(digest.digest());
    }
}

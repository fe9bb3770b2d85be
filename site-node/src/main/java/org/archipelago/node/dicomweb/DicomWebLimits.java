package org.archipelago.node.dicomweb;

import org.archipelago.node.dicom.dataset.DataSetLimits;

/**
 * What a DICOMweb caller may ask for.
 *
 * @param maxStoreParts parts of one STOW-RS request
 * @param maxStoreBytes length of one STOW-RS request, and of the objects that its metadata and bulk data make
 * @param maxMetadataBytes of one STOW-RS request, where metadata comes apart from bulk data
 * @param dataSet of the metadata of one object
 * @param maxMatches matches in one answer, and the default
 * @param maxFrames frames named in one request
 * @param maxKeys keys of one search
 * @param maxOffset matches that a search may pass
 */
public record DicomWebLimits(
        int maxStoreParts,
        long maxStoreBytes,
        long maxMetadataBytes,
        DataSetLimits dataSet,
        int maxMatches,
        int maxFrames,
        int maxKeys,
        int maxOffset) {
    static final int MAX_PART_HEADER_BYTES = 16 * 1024;

    /** 100,000 parts, 1 TiB, 64 MiB of metadata, 1,000 matches, 10,000 frames, 64 keys, 1,000,000 passed. */
    public static DicomWebLimits standard() {
        return new DicomWebLimits(100_000, 1L << 40, 64 << 20, DataSetLimits.DEFAULT, 1_000, 10_000, 64, 1_000_000);
    }

    MultipartLimits multipart() {
        return new MultipartLimits(maxStoreParts, MAX_PART_HEADER_BYTES, maxStoreBytes);
    }
}

package org.archipelago.node.cli.phantom;

/**
 * One synthetic object.
 *
 * @param dataset Explicit VR Little Endian, without file meta information
 * @param file the same as a DICOM file (PS3.10)
 */
public record Phantom(
        String modality,
        String studyUid,
        String seriesUid,
        String sopClassUid,
        String sopInstanceUid,
        byte[] dataset,
        byte[] file) {}

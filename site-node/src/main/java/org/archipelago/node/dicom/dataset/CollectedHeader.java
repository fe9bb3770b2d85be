package org.archipelago.node.dicom.dataset;

import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;

/**
 * What is known of a data set once it has streamed by.
 *
 * @param attributes without group lengths and trailing padding; bulk values as {@code Value.Bulk}
 * @param bigEndian whether its words are
 * @param encodingDiffers whether the elements are laid out otherwise than the transfer syntax says
 * @param lengthBytes of the data set; once inflated, for a deflated one
 */
public record CollectedHeader(
        AttributeSet attributes,
        boolean bigEndian,
        boolean encodingDiffers,
        long lengthBytes,
        Optional<PixelDataLocation> pixelData) {}

package org.archipelago.node.dicom.pixel;

/**
 * A frame without compression.
 *
 * @param image as it is now: its photometric interpretation may differ from the stored one, its samples lie beside each other
 * @param pixels {@link ImageDescription#frameBytes} bytes, little endian
 */
public record DecodedFrame(ImageDescription image, byte[] pixels) {}

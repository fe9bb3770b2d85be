package org.archipelago.node.dicom.pixel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The samples of a decoded frame as numbers: their stored bits, with their sign. */
interface Samples {
    double at(int index);

    static Samples of(DecodedFrame frame, boolean floats) {
        ImageDescription image = frame.image();
        byte[] pixels = frame.pixels();
        ByteBuffer buffer = ByteBuffer.wrap(pixels).order(ByteOrder.LITTLE_ENDIAN);
        int unused = Math.max(0, Integer.SIZE - image.bitsStored());
        boolean signed = image.signed();
        return switch (image.bitsAllocated()) {
            case 1 -> index -> pixels[index / 8] >> index % 8 & 1;
            case 8 -> index -> extended(pixels[index] & 0xFF, unused, signed);
            case 16 -> index -> extended(buffer.getShort(2 * index) & 0xFFFF, unused, signed);
            case 32 ->
                floats
                        ? index -> buffer.getFloat(4 * index)
                        : signed
                                ? index -> extended(buffer.getInt(4 * index), unused, true)
                                : index -> Integer.toUnsignedLong(extended(buffer.getInt(4 * index), unused, false));
            case 64 -> floats ? index -> buffer.getDouble(8 * index) : index -> buffer.getLong(8 * index);
            default -> throw ImageDescription.failed("bits allocated");
        };
    }

    private static int extended(int raw, int unused, boolean signed) {
        return signed ? raw << unused >> unused : raw << unused >>> unused;
    }
}

package org.archipelago.node.dicom.pixel;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.opencv.core.CvException;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** JPEG, JPEG-LS and JPEG 2000 by the toolkit's native codecs. Checks a stream's own header before they see it. */
final class NativeCodec {
    private NativeCodec() {}

    /**
     * Samples of a pixel beside each other, little endian, in the bits allocated.
     *
     * @param keepsColour whether YBR_FULL and YBR_FULL_422 are not turned to RGB
     */
    static DecodedFrame decode(byte[] frame, ImageDescription image, boolean keepsColour) {
        Codestream stream = Codestream.of(frame);
        boolean fits = stream.width() == image.columns()
                && stream.height() == image.rows()
                && stream.components() == image.samples()
                && stream.precision() <= image.bitsAllocated()
                && (image.bitsAllocated() == 1 || image.bitsAllocated() == 8 || image.bitsAllocated() == 16);
        if (!fits) {
            throw ImageDescription.failed("codestream does not fit the image's attributes");
        }
        if (stream.kind() == Codestream.Kind.HTJ2K) {
            throw ImageDescription.failed("no codec for HTJ2K");
        }
        NativeLibrary.require();
        boolean toRgb = stream.kind() == Codestream.Kind.JPEG
                && image.samples() == 3
                && image.photometric().startsWith("YBR")
                && !(keepsColour && image.photometric().startsWith("YBR_FULL"));
        byte[] input = stream.kind() == Codestream.Kind.JPEG_LS ? Codestream.withoutApplicationSegments(frame) : frame;
        byte[] pixels = nativeDecode(input, image, flags(stream, image, toRgb));
        if (stream.planes()) {
            pixels = Frames.interleaved(image.as(image.photometric(), true), pixels)
                    .pixels();
        } else if (image.samples() == 3) {
            thirdSampleLast(pixels, image);
        }
        return new DecodedFrame(image.as(photometric(stream, image, toRgb), false), pixels);
    }

    private static int flags(Codestream stream, ImageDescription image, boolean toRgb) {
        boolean signed = image.signed() && stream.kind() == Codestream.Kind.JPEG_2000;
        int flags = signed ? Imgcodecs.DICOM_FLAG_SIGNED : Imgcodecs.DICOM_FLAG_UNSIGNED;
        return toRgb ? flags | Imgcodecs.DICOM_FLAG_YBR : flags;
    }

    private static String photometric(Codestream stream, ImageDescription image, boolean toRgb) {
        boolean undone = stream.kind() == Codestream.Kind.JPEG_2000
                && (image.photometric().equals("YBR_RCT") || image.photometric().equals("YBR_ICT"));
        return toRgb || undone || stream.colourTransform() && image.samples() == 3 ? "RGB" : image.photometric();
    }

    private static byte[] nativeDecode(byte[] frame, ImageDescription image, int flags) {
        Mat input = new Mat(1, frame.length, CvType.CV_8UC1);
        Mat output = null;
        try {
            input.put(0, 0, frame);
            output = Imgcodecs.dicomJpgMatRead(input, flags, Imgcodecs.IMREAD_UNCHANGED);
            return bytes(output, image);
        } catch (CvException e) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "codec", e);
        } finally {
            input.release();
            if (output != null) {
                output.release();
            }
        }
    }

    private static byte[] bytes(Mat mat, ImageDescription image) {
        if (mat.empty()
                || mat.cols() != image.columns()
                || mat.rows() != image.rows()
                || mat.channels() != image.samples()) {
            throw ImageDescription.failed("codec gave no image");
        }
        int values = image.pixels() * image.samples();
        byte[] out = new byte[image.frameBytes()];
        switch (mat.depth()) {
            case CvType.CV_8U, CvType.CV_8S -> {
                byte[] samples = new byte[values];
                mat.get(0, 0, samples);
                place(samples, mat.depth() == CvType.CV_8S, image, out);
            }
            case CvType.CV_16U, CvType.CV_16S -> {
                short[] samples = new short[values];
                mat.get(0, 0, samples);
                place(samples, image, out);
            }
            default -> throw ImageDescription.failed("codec gave an odd depth");
        }
        return out;
    }

    /** OpenCV keeps the third sample first. */
    private static void thirdSampleLast(byte[] out, ImageDescription image) {
        int size = image.sampleBytes();
        for (int pixel = 0; pixel < out.length; pixel += 3 * size) {
            for (int i = 0; i < size; i++) {
                byte first = out[pixel + i];
                out[pixel + i] = out[pixel + 2 * size + i];
                out[pixel + 2 * size + i] = first;
            }
        }
    }

    private static void place(byte[] samples, boolean signed, ImageDescription image, byte[] out) {
        if (image.bitsAllocated() == 1) {
            for (int i = 0; i < samples.length; i++) {
                out[i / 8] |= (byte) ((samples[i] != 0 ? 1 : 0) << i % 8);
            }
            return;
        }
        if (image.bitsAllocated() == 8) {
            System.arraycopy(samples, 0, out, 0, samples.length);
            return;
        }
        for (int i = 0; i < samples.length; i++) {
            int value = signed ? samples[i] : samples[i] & 0xFF;
            out[2 * i] = (byte) value;
            out[2 * i + 1] = (byte) (value >> 8);
        }
    }

    private static void place(short[] samples, ImageDescription image, byte[] out) {
        if (image.bitsAllocated() == 1) {
            throw ImageDescription.failed("codec gave an odd depth");
        }
        boolean narrow = image.bitsAllocated() == 8;
        for (int i = 0; i < samples.length; i++) {
            if (narrow) {
                out[i] = (byte) samples[i];
            } else {
                out[2 * i] = (byte) samples[i];
                out[2 * i + 1] = (byte) (samples[i] >> 8);
            }
        }
    }
}

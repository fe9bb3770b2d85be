package org.archipelago.node.dicom.pixel;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.archipelago.contract.ArchiveException;

/** Frames as pictures of 8 bits for people to find their way by; not for diagnosis. Memory is bounded by a frame. */
public final class ImageRenderer {
    /** More pixels than this are thinned out before they are shaded. */
    private static final long MAX_SHADED_PIXELS = 16L << 20;

    private static final int MAX_SIDE = 8192;
    private static final int[] PALETTE_DESCRIPTORS = {0x00281101, 0x00281102, 0x00281103};
    private static final int[] PALETTE_DATA = {0x00281201, 0x00281202, 0x00281203};

    private ImageRenderer() {}

    public enum Format {
        PNG,
        JPEG
    }

    /**
     * @param maxSide of the picture, in pixels; smaller images keep their size
     * @param window center and width in rescaled values, in place of the object's own
     */
    public record Wish(int maxSide, Format format, Optional<double[]> window) {
        public Wish {
            maxSide = Math.clamp(maxSide, 1, MAX_SIDE);
        }

        public static Wish thumbnail(int maxSide, Format format) {
            return new Wish(maxSide, format, Optional.empty());
        }
    }

    /**
     * @param frame from 0
     * @throws ArchiveException NOT_FOUND for a frame that there is not; TRANSCODING_FAILED when it cannot be decoded; OVERLOADED
     */
    public static byte[] render(Frames frames, int frame, Wish wish) throws IOException {
        BufferedImage picture;
        try (FrameMemory.Held _ = FrameMemory.OF_NODE.hold(frames.memoryBytes(frame))) {
            picture = scaled(shaded(frames, frame, frames.decoded(frame), wish), wish.maxSide());
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageWriter writer = writer(wish.format());
        try (ImageOutputStream target = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(target);
            writer.write(picture);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** The platform's own: the toolkit registers writers for codestreams that take other images. */
    private static ImageWriter writer(Format format) {
        Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format == Format.PNG ? "png" : "jpeg");
        while (writers.hasNext()) {
            ImageWriter writer = writers.next();
            if (writer.getClass().getModule() == ImageIO.class.getModule()) {
                return writer;
            }
        }
        throw new IllegalStateException("every Java platform writes " + format);
    }

    private static BufferedImage shaded(Frames frames, int frame, DecodedFrame decoded, Wish wish) throws IOException {
        ImageDescription image = decoded.image();
        int longSide = Math.max(image.rows(), image.columns());
        int step = Math.max(1, longSide / (2 * wish.maxSide()));
        while ((long) (image.rows() / step) * (image.columns() / step) > MAX_SHADED_PIXELS) {
            step++;
        }
        int width = Math.ceilDiv(image.columns(), step);
        int height = Math.ceilDiv(image.rows(), step);
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Colours colours = colours(frames, frame, decoded, wish, step);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                picture.setRGB(x, y, colours.at(y * step * image.columns() + x * step));
            }
        }
        return picture;
    }

    /** The colour of a pixel, as 8 bits each of red, green and blue. */
    private interface Colours {
        int at(int pixel);
    }

    private static Colours colours(Frames frames, int frame, DecodedFrame decoded, Wish wish, int step)
            throws IOException {
        ImageDescription image = decoded.image();
        Samples samples = Samples.of(decoded, frames.isFloat());
        if (image.samples() >= 3) {
            int drop = Math.max(0, image.bitsStored() - 8);
            return image.photometric().startsWith("YBR_PARTIAL")
                    ? pixel -> ybrPartial(samples, pixel, image.samples(), drop)
                    : image.photometric().startsWith("YBR")
                            ? pixel -> ybr(samples, pixel, image.samples(), drop)
                            : pixel -> rgb(samples, pixel, image.samples(), drop);
        }
        Optional<Colours> palette = palette(frames, samples, image);
        if (palette.isPresent()) {
            return palette.get();
        }
        return grey(frames, frame, image, samples, wish, step);
    }

    private static Colours grey(Frames frames, int frame, ImageDescription image, Samples samples, Wish wish, int step)
            throws IOException {
        DoubleUnaryOperator modality = GreyScale.modality(frames.header(), frame, frames.plain(), frames.bigEndian());
        double[] range = {Double.MAX_VALUE, -Double.MAX_VALUE};
        for (int i = 0; i < image.pixels(); i += step) {
            double value = modality.applyAsDouble(samples.at(i * image.samples()));
            if (Double.isFinite(value)) {
                range[0] = Math.min(range[0], value);
                range[1] = Math.max(range[1], value);
            }
        }
        Optional<GreyScale.Window> wanted = wish.window().map(w -> new GreyScale.Window(w[0], Math.max(1, w[1])));
        DoubleUnaryOperator shades =
                GreyScale.shades(frames.header(), frame, wanted, range, frames.plain(), frames.bigEndian());
        boolean inverse = GreyScale.inverse(frames.header(), image);
        return pixel -> {
            double shade = shades.applyAsDouble(modality.applyAsDouble(samples.at(pixel * image.samples())));
            int grey = Math.clamp(Math.round(shade), 0, 255);
            grey = inverse ? 255 - grey : grey;
            return grey << 16 | grey << 8 | grey;
        };
    }

    private static Optional<Colours> palette(Frames frames, Samples samples, ImageDescription image)
            throws IOException {
        if (!image.photometric().equals("PALETTE COLOR")) {
            return Optional.empty();
        }
        Lut[] luts = new Lut[3];
        for (int i = 0; i < 3; i++) {
            Optional<Lut> lut = Lut.of(
                    frames.header(), PALETTE_DESCRIPTORS[i], PALETTE_DATA[i], frames.plain(), frames.bigEndian());
            if (lut.isEmpty()) {
                return Optional.empty();
            }
            luts[i] = lut.get();
        }
        int[][] shades = {luts[0].shades(), luts[1].shades(), luts[2].shades()};
        return Optional.of(pixel -> {
            int value = (int) samples.at(pixel);
            int colour = 0;
            for (int i = 0; i < 3; i++) {
                int index = Math.clamp((long) value - luts[i].first(), 0, shades[i].length - 1);
                colour = colour << 8 | shades[i][index];
            }
            return colour;
        });
    }

    private static int rgb(Samples samples, int pixel, int perPixel, int drop) {
        int first = pixel * perPixel;
        return eight(samples, first, drop) << 16
                | eight(samples, first + 1, drop) << 8
                | eight(samples, first + 2, drop);
    }

    private static int eight(Samples samples, int index, int drop) {
        return (int) samples.at(index) >> drop & 0xFF;
    }

    /** PS3.3 §C.7.6.3.1.2. */
    private static int ybr(Samples samples, int pixel, int perPixel, int drop) {
        int first = pixel * perPixel;
        double y = eight(samples, first, drop);
        double cb = eight(samples, first + 1, drop) - 128;
        double cr = eight(samples, first + 2, drop) - 128;
        return packed(y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb);
    }

    private static int ybrPartial(Samples samples, int pixel, int perPixel, int drop) {
        int first = pixel * perPixel;
        double y = 1.1644 * (eight(samples, first, drop) - 16);
        double cb = eight(samples, first + 1, drop) - 128;
        double cr = eight(samples, first + 2, drop) - 128;
        return packed(y + 1.5960 * cr, y - 0.3917 * cb - 0.8130 * cr, y + 2.0173 * cb);
    }

    private static int packed(double red, double green, double blue) {
        return Math.clamp(Math.round(red), 0, 255) << 16
                | Math.clamp(Math.round(green), 0, 255) << 8
                | Math.clamp(Math.round(blue), 0, 255);
    }

    private static BufferedImage scaled(BufferedImage picture, int maxSide) {
        int longSide = Math.max(picture.getWidth(), picture.getHeight());
        if (longSide <= maxSide) {
            return picture;
        }
        int width = Math.max(1, (int) ((long) picture.getWidth() * maxSide / longSide));
        int height = Math.max(1, (int) ((long) picture.getHeight() * maxSide / longSide));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(picture, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }
}

package org.archipelago.node.dicom.pixel;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;

/**
 * From stored values to shades: Modality LUT or rescaling, then VOI LUT or window (PS3.3 §C.11.1, §C.11.2), of the
 * frame's functional groups where the image has them (PS3.3 §C.7.6.16).
 */
final class GreyScale {
    private static final int RESCALE_INTERCEPT = 0x00281052;
    private static final int RESCALE_SLOPE = 0x00281053;
    private static final int WINDOW_CENTER = 0x00281050;
    private static final int WINDOW_WIDTH = 0x00281051;
    private static final int VOI_LUT_FUNCTION = 0x00281056;
    private static final int MODALITY_LUT_SEQUENCE = 0x00283000;
    private static final int VOI_LUT_SEQUENCE = 0x00283010;
    private static final int LUT_DESCRIPTOR = 0x00283002;
    private static final int LUT_DATA = 0x00283006;
    private static final int SHARED_GROUPS = 0x52009229;
    private static final int PER_FRAME_GROUPS = 0x52009230;
    private static final int PIXEL_VALUE_TRANSFORMATION = 0x00289145;
    private static final int FRAME_VOI_LUT = 0x00289132;
    private static final int PRESENTATION_LUT_SHAPE = 0x20500020;

    private GreyScale() {}

    /** A window to look through; width at least 1. */
    record Window(double center, double width) {}

    /** Rescaled values from stored ones. */
    static DoubleUnaryOperator modality(AttributeSet header, int frame, SeekableByteChannel plain, boolean bigEndian)
            throws IOException {
        Optional<AttributeSet> sequence = first(header, MODALITY_LUT_SEQUENCE);
        if (sequence.isPresent()) {
            Optional<Lut> lut = Lut.of(sequence.get(), LUT_DESCRIPTOR, LUT_DATA, plain, bigEndian);
            if (lut.isPresent()) {
                return value -> lut.get().at((int) value);
            }
        }
        AttributeSet source = group(header, frame, PIXEL_VALUE_TRANSFORMATION).orElse(header);
        double slope = decimal(source, RESCALE_SLOPE).filter(s -> s != 0).orElse(1.0);
        double intercept = decimal(source, RESCALE_INTERCEPT).orElse(0.0);
        return value -> value * slope + intercept;
    }

    /** 0 to 255 from rescaled values; by their range when the object says nothing. */
    static DoubleUnaryOperator shades(
            AttributeSet header,
            int frame,
            Optional<Window> wanted,
            double[] range,
            SeekableByteChannel plain,
            boolean bigEndian)
            throws IOException {
        if (wanted.isPresent()) {
            return linear(wanted.get());
        }
        AttributeSet source = group(header, frame, FRAME_VOI_LUT).orElse(header);
        Optional<Double> center = decimal(source, WINDOW_CENTER);
        Optional<Double> width = decimal(source, WINDOW_WIDTH);
        if (center.isPresent() && width.isPresent() && width.get() >= 1) {
            Window window = new Window(center.get(), width.get());
            return switch (source.text(VOI_LUT_FUNCTION).orElse("LINEAR")) {
                case "SIGMOID" -> value -> 255 / (1 + Math.exp(-4 * (value - window.center) / window.width));
                case "LINEAR_EXACT" -> value -> Math.clamp((value - window.center) / window.width + 0.5, 0, 1) * 255;
                default -> linear(window);
            };
        }
        Optional<AttributeSet> voi = first(header, VOI_LUT_SEQUENCE);
        if (voi.isPresent()) {
            Optional<Lut> lut = Lut.of(voi.get(), LUT_DESCRIPTOR, LUT_DATA, plain, bigEndian);
            if (lut.isPresent()) {
                double top = (1 << lut.get().bits()) - 1;
                return value -> Math.clamp(lut.get().at((int) value) / top, 0, 1) * 255;
            }
        }
        double span = Math.max(1e-9, range[1] - range[0]);
        return value -> Math.clamp((value - range[0]) / span, 0, 1) * 255;
    }

    /** PS3.3 §C.11.2.1.2.1. */
    private static DoubleUnaryOperator linear(Window window) {
        double center = window.center - 0.5;
        double half = (window.width - 1) / 2;
        return value -> {
            if (value <= center - half) {
                return 0;
            }
            return value > center + half ? 255 : ((value - center) / (window.width - 1) + 0.5) * 255;
        };
    }

    static boolean inverse(AttributeSet header, ImageDescription image) {
        return image.photometric().equals("MONOCHROME1")
                || header.text(PRESENTATION_LUT_SHAPE).filter("INVERSE"::equals).isPresent();
    }

    private static Optional<AttributeSet> group(AttributeSet header, int frame, int sequence) {
        List<AttributeSet> perFrame = items(header, PER_FRAME_GROUPS);
        Optional<AttributeSet> own = frame < perFrame.size() ? first(perFrame.get(frame), sequence) : Optional.empty();
        return own.or(() -> first(header, SHARED_GROUPS).flatMap(shared -> first(shared, sequence)));
    }

    private static Optional<AttributeSet> first(AttributeSet set, int tag) {
        return items(set, tag).stream().findFirst();
    }

    private static List<AttributeSet> items(AttributeSet set, int tag) {
        List<AttributeSet> items = new ArrayList<>();
        for (Value value : set.get(tag).map(Attribute::values).orElse(List.of())) {
            if (value instanceof Value.Item(AttributeSet item)) {
                items.add(item);
            }
        }
        return items;
    }

    static Optional<Double> decimal(AttributeSet set, int tag) {
        return set.text(tag).filter(text -> text.length() <= 64).flatMap(text -> {
            try {
                return Optional.of(Double.parseDouble(text)).filter(Double::isFinite);
            } catch (NumberFormatException notANumber) {
                return Optional.empty();
            }
        });
    }
}

package org.archipelago.node.cli.phantom;

/** Pixels that look roughly like what they stand for, so that a viewer shows whether windowing and colour are right. */
final class PhantomPixels {
    private PhantomPixels() {}

    /** Skull, brain, ventricles and a lesion in stored values of a CT; depth from -1 to 1. */
    static short[] head(int edge, double depth, int offset) {
        double scale = Math.sqrt(Math.max(0.05, 1 - depth * depth * 0.8));
        return grey(edge, (x, y) -> {
            double hounsfield = -1000;
            if (inside(x, y, 0, 0, 0.78 * scale, 0.92 * scale)) {
                hounsfield = 1100;
            }
            if (inside(x, y, 0, 0, 0.70 * scale, 0.84 * scale)) {
                hounsfield = 35 + 4 * Math.sin(17 * x) * Math.cos(13 * y);
            }
            if (inside(x, y, -0.18, -0.05, 0.08 * scale, 0.26 * scale)
                    || inside(x, y, 0.18, -0.05, 0.08 * scale, 0.26 * scale)) {
                hounsfield = 5;
            }
            if (inside(x, y, 0.36, 0.3, 0.12 * scale, 0.1 * scale)) {
                hounsfield = 75;
            }
            return hounsfield + offset;
        });
    }

    /** Femur, tibia and soft tissue of a T1-weighted knee; depth from -1 to 1. */
    static short[] knee(int edge, double depth) {
        return grey(edge, (x, y) -> {
            if (!inside(x, y, 0, 0, 0.75, 1.4)) {
                return 8;
            }
            double value = 320 + 60 * Math.sin(9 * y + 3 * depth);
            if (inside(x, y, 0.05 * depth, -0.62, 0.42, 0.52) || inside(x, y, 0, 0.68, 0.45, 0.5)) {
                value = 950 + 40 * Math.sin(40 * x) * Math.sin(40 * y);
            }
            if (inside(x, y, -0.55, -0.05, 0.14, 0.22)) {
                value = 820;
            }
            return value;
        });
    }

    /** Lungs, heart and ribs of a chest radiograph, 12 bits. */
    static short[] chest(int edge) {
        return grey(edge, (x, y) -> {
            double value = 2600 - 500 * Math.abs(x);
            if (inside(x, y, -0.42, -0.05, 0.3, 0.62) || inside(x, y, 0.42, -0.05, 0.3, 0.62)) {
                value = 1100 + 260 * Math.max(0, Math.sin(22 * y + 4 * x * x));
            }
            if (inside(x, y, 0.14, 0.25, 0.3, 0.34)) {
                value = 2900;
            }
            return value;
        });
    }

    /** A grey fan with a vessel in red and blue; three bytes per pixel. */
    static byte[] doppler(int width, int height, int phase) {
        byte[] rgb = new byte[width * height * 3];
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                double x = 2.0 * column / (width - 1) - 1;
                double y = (double) row / (height - 1);
                int at = (row * width + column) * 3;
                boolean fan = Math.abs(x) < 0.15 + 0.75 * y && x * x * 0.4 + y * y < 1.05;
                double speckle = fan ? 60 + 50 * Math.abs(Math.sin(91 * x + 7 * phase) * Math.cos(57 * y)) : 0;
                double vessel = y - 0.55 - 0.12 * Math.sin(4 * x + 0.4 * phase);
                boolean flow = fan && Math.abs(vessel) < 0.07 && Math.abs(x) < 0.5;
                double speed = flow ? 1 - Math.abs(vessel) / 0.07 : 0;
                rgb[at] = (byte) (flow && x < 0 ? 90 + 160 * speed : speckle);
                rgb[at + 1] = (byte) (flow ? 40 * speed : speckle);
                rgb[at + 2] = (byte) (flow && x >= 0 ? 90 + 160 * speed : speckle);
            }
        }
        return rgb;
    }

    private static short[] grey(int edge, Shape shape) {
        short[] pixels = new short[edge * edge];
        for (int row = 0; row < edge; row++) {
            for (int column = 0; column < edge; column++) {
                double value = shape.at(2.0 * column / (edge - 1) - 1, 2.0 * row / (edge - 1) - 1);
                pixels[row * edge + column] = (short) Math.clamp(Math.round(value), 0, 4095);
            }
        }
        return pixels;
    }

    private static boolean inside(double x, double y, double centreX, double centreY, double radiusX, double radiusY) {
        double dx = (x - centreX) / radiusX;
        double dy = (y - centreY) / radiusY;
        return dx * dx + dy * dy <= 1;
    }

    /** Value at coordinates from -1 to 1. */
    private interface Shape {
        double at(double x, double y);
    }
}

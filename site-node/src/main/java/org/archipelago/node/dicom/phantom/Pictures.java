package org.archipelago.node.dicom.phantom;

import java.util.Random;

/** Pixels of the invented images, little endian. */
final class Pictures {
    private static final double HEAD_FIELD_MM = 240;

    private Pictures() {}

    private interface Sample {
        int at(double x, double y);
    }

    /** Mean of four points in each pixel, so that edges are smooth. */
    private static byte[] words(
            int rows, int columns, double fieldMm, Random noise, double sigma, int min, int max, Sample sample) {
        byte[] out = new byte[rows * columns * 2];
        double step = fieldMm / columns;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double x = (column - columns / 2.0) * step;
                double y = (row - rows / 2.0) * step;
                double quarter = step / 4;
                int sum = sample.at(x - quarter, y - quarter) + sample.at(x + quarter, y + quarter);
                long value = Math.round(sum / 2.0 + noise.nextGaussian() * sigma);
                int bounded = (int) Math.max(min, Math.min(max, value));
                int i = 2 * (row * columns + column);
                out[i] = (byte) bounded;
                out[i + 1] = (byte) (bounded >> 8);
            }
        }
        return out;
    }

    /** Stored values of a CT with intercept -1024. */
    static byte[] headCt(Head head, int size, double z, Random noise) {
        return words(size, size, HEAD_FIELD_MM, noise, 6, 0, 4095, (x, y) -> {
            boolean table = y > 104 && y < 107 && Math.abs(x) < 95;
            return 1024 + (table ? -200 : head.at(x, y, z).hounsfield);
        });
    }

    static byte[] headMr(Head head, int size, double z, Random noise) {
        return words(size, size, HEAD_FIELD_MM, noise, 14, 0, 4095, (x, y) -> {
            double coil = 1.15 - (x * x + y * y) / (HEAD_FIELD_MM * HEAD_FIELD_MM) * 1.6;
            return (int) (head.at(x, y, z).t1 * coil);
        });
    }

    /** A frontal chest radiograph, bright where rays were absorbed. */
    static byte[] chest(int rows, int columns, Random noise) {
        return words(rows, columns, 400, noise, 18, 0, 4095, (x, y) -> {
            double body = Math.abs(x) < 165 - Math.max(0, -y - 120) * 1.1 ? 1500 : 60;
            double lungSide = Math.abs(x) - 72;
            double lung = lungSide * lungSide / (52 * 52) + (y + 15) * (y + 15) / (118 * 118.0);
            double value = body - (lung < 1 ? 950 * Math.sqrt(1 - lung) : 0);
            double heartX = x - 22;
            double heart = heartX * heartX / (62 * 62) + (y - 45) * (y - 45) / (58 * 58.0);
            value += heart < 1 ? 850 * Math.sqrt(1 - heart) : 0;
            value += Math.abs(x) < 17 ? 420 + 70 * Math.cos(y * 0.25) : 0;
            double rib = Math.cos((y + Math.abs(x) * 0.55) * 0.27);
            value += body > 1000 && Math.abs(x) > 17 && Math.abs(x) < 130 && rib > 0.62 && y < 95
                    ? 330 * (rib - 0.62) / 0.38
                    : 0;
            double clavicle = y + 128 - Math.abs(x) * 0.16;
            value += Math.abs(clavicle) < 5 && Math.abs(x) > 14 && Math.abs(x) < 125 ? 380 : 0;
            value += y > 95 + Math.pow(Math.abs(x) - 60, 2) / 160 && body > 1000 ? 700 : 0;
            return (int) value;
        });
    }

    /** A beating chamber in a sector with colour flow; red, green, blue. */
    static byte[] ultrasound(int rows, int columns, int frame, int frames, Random noise) {
        byte[] out = new byte[rows * columns * 3];
        // The first frame stands for all of them in a list: it is at the height of the flow.
        double phase = Math.PI / 2 + 2 * Math.PI * frame / frames;
        double beat = 1 + 0.22 * Math.sin(phase);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double x = (column - columns / 2.0) / rows;
                double y = (double) row / rows;
                int i = 3 * (row * columns + column);
                boolean sector =
                        Math.abs(Math.atan2(x, y + 0.05)) < 0.62 && Math.hypot(x, y) < 0.96 && Math.hypot(x, y) > 0.05;
                if (sector) {
                    echo(out, i, x, y, beat, phase, noise);
                } else if (row > rows * 0.1 && row < rows * 0.5 && column > columns - 14 && column < columns - 6) {
                    bar(out, i, (row - rows * 0.1) / (rows * 0.4));
                }
            }
        }
        return out;
    }

    private static void echo(byte[] out, int i, double x, double y, double beat, double phase, Random noise) {
        double chamber = Math.sqrt(x * x / (0.028 * beat) + Math.pow(y - 0.52, 2) / (0.055 * beat));
        double speckle = 0.55 + 0.45 * Math.abs(noise.nextGaussian());
        double tissue = chamber < 1 ? 12 : chamber < 1.28 ? 150 : 78 + 30 * Math.sin(x * 21 + y * 13);
        int grey = (int) Math.max(0, Math.min(255, tissue * speckle * (1.1 - 0.5 * y)));
        double jet = Math.hypot((x - 0.02) * 3.2, y - 0.5 - 0.08 * Math.sin(phase));
        boolean flow = chamber < 0.92 && jet < 0.16;
        int speed = (int) (220 * (1 - jet / 0.16) * Math.abs(Math.sin(phase)));
        boolean towards = Math.sin(phase) > 0;
        out[i] = (byte) (flow && towards ? Math.max(grey, speed) : grey);
        out[i + 1] = (byte) (flow ? speed / 3 : grey);
        out[i + 2] = (byte) (flow && !towards ? Math.max(grey, speed) : flow ? 0 : grey);
    }

    private static void bar(byte[] out, int i, double position) {
        int strength = (int) (255 * Math.abs(1 - 2 * position));
        out[i] = (byte) (position < 0.5 ? strength : 0);
        out[i + 2] = (byte) (position < 0.5 ? 0 : strength);
    }
}

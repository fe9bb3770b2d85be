package org.archipelago.node.dicom.phantom;

/** An analytical head: which tissue is at a point. Millimetres from its centre: x to the left, y to the back, z up. */
final class Head {
    enum Tissue {
        AIR(-1000, 0),
        SKIN(45, 620),
        BONE(1050, 60),
        SPONGY_BONE(480, 330),
        FLUID(6, 130),
        GREY(38, 430),
        WHITE(29, 640),
        EYE(12, 180),
        FAT(-90, 900);

        /** Mean CT number in Hounsfield units, and signal of a T1-weighted MR. */
        final int hounsfield;

        final int t1;

        Tissue(int hounsfield, int t1) {
            this.hounsfield = hounsfield;
            this.t1 = t1;
        }
    }

    private static final double HALF_WIDTH = 74;
    private static final double HALF_LENGTH = 94;
    private static final double HALF_HEIGHT = 90;

    private final double asymmetry;

    /** @param asymmetry how far this head differs between its sides, 0 to 1 */
    Head(double asymmetry) {
        this.asymmetry = asymmetry;
    }

    Tissue at(double x, double y, double z) {
        double r = ellipsoid(x * (1 + 0.03 * asymmetry * Math.signum(x)), y, z, HALF_WIDTH, HALF_LENGTH, HALF_HEIGHT);
        double nose = ellipsoid(x, y + HALF_LENGTH + 2, z + 48, 14, 16, 18);
        if (r > 1 && nose > 1) {
            return Tissue.AIR;
        }
        if (r > 0.945) {
            return r > 0.975 || nose <= 1 ? Tissue.SKIN : Tissue.FAT;
        }
        if (r > 0.86) {
            return r > 0.925 || r < 0.88 ? Tissue.BONE : Tissue.SPONGY_BONE;
        }
        return inside(x, y, z, r);
    }

    private Tissue inside(double x, double y, double z, double r) {
        if (z < -18) {
            Tissue face = face(x, y, z);
            if (face != null) {
                return face;
            }
        }
        if (r > 0.835) {
            return Tissue.FLUID;
        }
        boolean falx = Math.abs(x) < 1.2 && z > 0 && (y < -30 || y > 30);
        if (falx || ventricles(x, y, z)) {
            return Tissue.FLUID;
        }
        if (ellipsoid(Math.abs(x) - 13, y - 4, z - 2, 8, 15, 10) < 1) {
            return Tissue.GREY;
        }
        return cortex(x, y, z, r);
    }

    private static @org.jspecify.annotations.Nullable Tissue face(double x, double y, double z) {
        if (ellipsoid(Math.abs(x) - 31, y + 68, z + 30, 12, 12, 12) < 1) {
            return Tissue.EYE;
        }
        if (ellipsoid(Math.abs(x) - 31, y + 60, z + 30, 17, 22, 16) < 1) {
            return Tissue.FAT;
        }
        boolean sinus = ellipsoid(Math.abs(x) - 7, y + 55, z + 40, 6, 24, 18) < 1;
        boolean mastoid = ellipsoid(Math.abs(x) - 52, y - 22, z + 48, 9, 12, 14) < 1
                && Math.sin(x * 1.7) * Math.sin(y * 1.9) * Math.sin(z * 1.5) > -0.1;
        if (sinus || mastoid) {
            return Tissue.AIR;
        }
        boolean petrous =
                Math.abs(Math.abs(x) - 34 - (y - 4) * 0.6) < 7 && Math.abs(z + 44) < 9 && Math.abs(y - 8) < 26;
        return petrous ? Tissue.BONE : null;
    }

    private static boolean ventricles(double x, double y, double z) {
        double side = Math.abs(x);
        boolean front = ellipsoid(side - 7 - (-y - 20) * 0.15, y + 20, z - 14, 5, 18, 11) < 1;
        boolean back = ellipsoid(side - 18, y - 34, z - 8, 6, 20, 10) < 1;
        boolean body = ellipsoid(side - 9, y - 6, z - 20, 6, 30, 7) < 1;
        boolean third = ellipsoid(x, y - 2, z - 2, 2.2, 14, 9) < 1;
        boolean fourth = ellipsoid(x, y - 42, z + 42, 8, 6, 8) < 1;
        return front || back || body || third || fourth;
    }

    /** A folded rim of grey matter around white. */
    private static Tissue cortex(double x, double y, double z, double r) {
        double angle = Math.atan2(y, x);
        double folds = 0.045 * Math.sin(angle * 17 + z * 0.22) + 0.03 * Math.sin(angle * 29 - z * 0.31 + 1);
        if (r > 0.80 && folds > 0.045) {
            return Tissue.FLUID;
        }
        return r > 0.70 + folds ? Tissue.GREY : Tissue.WHITE;
    }

    private static double ellipsoid(double x, double y, double z, double a, double b, double c) {
        return Math.sqrt(x * x / (a * a) + y * y / (b * b) + z * z / (c * c));
    }
}

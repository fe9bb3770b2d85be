package org.archipelago.acceptance;

import java.util.Arrays;
import java.util.Random;

/** CT images for measurements: of 512 x 512 x 16 bits, as those of infra/bench/make-ct.py, or small ones. */
final class CtImage {
    static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.2";
    private static final int ROWS = 512;
    private static final int SMALL_ROWS = 16;
    private static final int PIXEL_BYTES = ROWS * ROWS * 2;
    private static final byte[] PIXELS = pixels();

    private CtImage() {}

    /** @param number from 1, unique in the study */
    static DicomFile of(String studyUid, String patientId, int number) {
        return of(studyUid, patientId, number, ROWS);
    }

    /** Of 16 x 16 x 16 bits, where it is the number of objects that matters. */
    static DicomFile small(String studyUid, String patientId, int number) {
        return of(studyUid, patientId, number, SMALL_ROWS);
    }

    private static DicomFile of(String studyUid, String patientId, int number, int rows) {
        int pixelBytes = rows * rows * 2;
        String instance = studyUid + ".1." + number;
        byte[] head = new ExplicitVr()
                .text(0x00080016, "UI", SOP_CLASS)
                .text(0x00080018, "UI", instance)
                .text(0x00080020, "DA", "20260101")
                .text(0x00080030, "TM", "120000")
                .text(0x00080050, "SH", "A" + patientId)
                .text(0x00080060, "CS", "CT")
                .text(0x00080070, "LO", "Bench")
                .text(0x00080090, "PN", "")
                .text(0x00081030, "LO", "CT of the chest")
                .text(0x00100010, "PN", "BENCH^" + patientId)
                .text(0x00100020, "LO", patientId)
                .text(0x00100030, "DA", "19500101")
                .text(0x00100040, "CS", "O")
                .text(0x00180050, "DS", "1")
                .text(0x00180060, "DS", "120")
                .text(0x0020000D, "UI", studyUid)
                .text(0x0020000E, "UI", studyUid + ".1")
                .text(0x00200010, "SH", "1")
                .text(0x00200011, "IS", "1")
                .text(0x00200013, "IS", Integer.toString(number))
                .text(0x00200032, "DS", "0\\0\\" + number)
                .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
                .unsignedShort(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .unsignedShort(0x00280010, rows)
                .unsignedShort(0x00280011, rows)
                .text(0x00280030, "DS", "0.5\\0.5")
                .unsignedShort(0x00280100, 16)
                .unsignedShort(0x00280101, 12)
                .unsignedShort(0x00280102, 11)
                .unsignedShort(0x00280103, 0)
                .text(0x00281052, "DS", "-1024")
                .text(0x00281053, "DS", "1")
                .longHead(0x7FE00010, "OW", pixelBytes)
                .encoded();
        byte[] dataset = Arrays.copyOf(head, head.length + pixelBytes);
        // Starts elsewhere in the noise each time, so that no two images are alike.
        int from = Math.floorMod(instance.hashCode(), PIXELS.length - PIXEL_BYTES) / 2 * 2;
        System.arraycopy(PIXELS, from, dataset, head.length, pixelBytes);
        return new DicomFile(instance, DicomFile.EXPLICIT, SOP_CLASS, instance, studyUid, studyUid + ".1", dataset);
    }

    private static byte[] pixels() {
        byte[] noise = new byte[PIXEL_BYTES * 2];
        new Random(1).nextBytes(noise);
        for (int high = 1; high < noise.length; high += 2) {
            noise[high] &= 0x0F; // 12 of 16 bits are stored
        }
        return noise;
    }
}

package org.archipelago.acceptance;

/** Images of a few pixels, so that a record of one is a few hundred bytes and can be damaged at each of them. */
final class SmallObject {
    private static final int EDGE_PIXELS = 4;

    private SmallObject() {}

    /** @param number from 1, unique in the study */
    static DicomFile of(String study, int number) {
        String instance = study + ".1." + number;
        byte[] head = new ExplicitVr()
                .text(0x00080016, "UI", CtImage.SOP_CLASS)
                .text(0x00080018, "UI", instance)
                .text(0x00080060, "CS", "CT")
                .text(0x00100010, "PN", "SMALL^" + study.hashCode())
                .text(0x00100020, "LO", "S" + Math.abs(study.hashCode()))
                .text(0x0020000D, "UI", study)
                .text(0x0020000E, "UI", study + ".1")
                .text(0x00200013, "IS", Integer.toString(number))
                .unsignedShort(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .unsignedShort(0x00280010, EDGE_PIXELS)
                .unsignedShort(0x00280011, EDGE_PIXELS)
                .unsignedShort(0x00280100, 16)
                .unsignedShort(0x00280101, 16)
                .unsignedShort(0x00280102, 15)
                .unsignedShort(0x00280103, 0)
                .longHead(0x7FE00010, "OW", EDGE_PIXELS * EDGE_PIXELS * 2L)
                .encoded();
        byte[] dataset = java.util.Arrays.copyOf(head, head.length + EDGE_PIXELS * EDGE_PIXELS * 2);
        dataset[head.length] = (byte) number;
        return new DicomFile(instance, DicomFile.EXPLICIT, CtImage.SOP_CLASS, instance, study, study + ".1", dataset);
    }
}

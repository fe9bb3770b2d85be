package org.archipelago.node.cli.phantom;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Makes synthetic studies: the same seed always gives the same bytes. */
public final class Phantoms {
    private static final String CT = "1.2.840.10008.5.1.4.1.1.2";
    private static final String MR = "1.2.840.10008.5.1.4.1.1.4";
    private static final String US = "1.2.840.10008.5.1.4.1.1.6.1";
    private static final String CR = "1.2.840.10008.5.1.4.1.1.1";
    private static final String PDF = "1.2.840.10008.5.1.4.1.1.104.1";

    private final String seed;

    public Phantoms(String seed) {
        this.seed = seed;
    }

    /** A CT, an MR, a colour ultrasound, a chest radiograph and a report of four patients. */
    public List<Phantom> demo() {
        List<Phantom> all = new ArrayList<>();
        all.addAll(ct(24));
        all.addAll(mr(12));
        all.addAll(ultrasound(4));
        all.addAll(radiograph());
        all.addAll(report());
        return all;
    }

    public List<Phantom> ct(int slices) {
        Person person = new Person("ALMASI^ZSOFIA", "NP-1001", "19610412", "F");
        Study study = new Study(person, "CT", "20260105", "CT HEAD PHANTOM", "A-CT-1");
        List<Phantom> all = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            PhantomDataset object = volume(study, CT, 1, "AXIAL 5.0", i, 128)
                    .text(0x00281052, "DS", "-1024")
                    .text(0x00281053, "DS", "1")
                    .text(0x00281054, "LO", "HU")
                    .text(0x00180060, "DS", "120")
                    .text(0x00281050, "DS", "40")
                    .text(0x00281051, "DS", "400")
                    .text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
                    .words(0x7FE00010, PhantomPixels.head(128, depth(i, slices), 1024));
            all.add(finished(study, CT, 1, i, object));
        }
        return all;
    }

    public List<Phantom> mr(int slices) {
        Person person = new Person("BERGSTRÖM^ÅKE", "NP-1002", "19740823", "M");
        Study study = new Study(person, "MR", "20260106", "MR KNEE PHANTOM", "A-MR-1");
        List<Phantom> all = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            PhantomDataset object = volume(study, MR, 1, "T1 SAG", i, 128)
                    .text(0x00180020, "CS", "SE")
                    .text(0x00180021, "CS", "NONE")
                    .text(0x00180022, "CS", "")
                    .text(0x00180023, "CS", "2D")
                    .text(0x00180080, "DS", "500")
                    .text(0x00180081, "DS", "15")
                    .text(0x00180091, "IS", "1")
                    .text(0x00281050, "DS", "600")
                    .text(0x00281051, "DS", "1200")
                    .text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\OTHER")
                    .words(0x7FE00010, PhantomPixels.knee(128, depth(i, slices)));
            all.add(finished(study, MR, 1, i, object));
        }
        return all;
    }

    public List<Phantom> ultrasound(int images) {
        Person person = new Person("CASTELO^INÊS", "NP-1003", "19890217", "F");
        Study study = new Study(person, "US", "20260107", "US CAROTID PHANTOM", "A-US-1");
        List<Phantom> all = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            PhantomDataset object = image(study, US, 1, "COLOUR DOPPLER", i)
                    .text(0x00080008, "CS", "ORIGINAL\\PRIMARY")
                    .unsignedShort(0x00280002, 3)
                    .text(0x00280004, "CS", "RGB")
                    .unsignedShort(0x00280006, 0)
                    .unsignedShort(0x00280010, 240)
                    .unsignedShort(0x00280011, 320)
                    .unsignedShort(0x00280100, 8)
                    .unsignedShort(0x00280101, 8)
                    .unsignedShort(0x00280102, 7)
                    .unsignedShort(0x00280103, 0)
                    .bytes(0x7FE00010, PhantomPixels.doppler(320, 240, i));
            all.add(finished(study, US, 1, i, object));
        }
        return all;
    }

    public List<Phantom> radiograph() {
        Study study = new Study(
                new Person("DUPONT^ANDRÉ", "NP-1004", "19550930", "M"), "CR", "20260108", "CHEST PHANTOM", "A-CR-1");
        PhantomDataset object = grey(image(study, CR, 1, "PA", 0), 256)
                .text(0x00181508, "CS", "")
                .text(0x00185101, "CS", "PA")
                .text(0x00180015, "CS", "CHEST")
                .text(0x00281050, "DS", "2000")
                .text(0x00281051, "DS", "4000")
                .words(0x7FE00010, PhantomPixels.chest(256));
        return List.of(finished(study, CR, 1, 0, object));
    }

    public List<Phantom> report() {
        Study study = new Study(
                new Person("DUPONT^ANDRÉ", "NP-1004", "19550930", "M"), "CR", "20260108", "CHEST PHANTOM", "A-CR-1");
        PhantomDataset object = image(study, PDF, 2, "REPORT", 0)
                .text(0x00080060, "CS", "DOC")
                .text(0x00080064, "CS", "WSD")
                .text(0x00280301, "CS", "YES")
                .text(0x00420010, "ST", "Report on a phantom")
                .text(0x00420012, "LO", "application/pdf")
                .text(0x0008002A, "DT", "")
                .emptySequence(0x0040A043)
                .bytes(0x00420011, PhantomPdf.page("Chest phantom: no person was examined."));
        return List.of(finished(study, PDF, 2, 0, object));
    }

    private PhantomDataset volume(Study study, String sopClass, int series, String description, int index, int edge) {
        return grey(image(study, sopClass, series, description, index), edge)
                .text(0x00180050, "DS", "5")
                .text(0x00185100, "CS", "HFS")
                .text(0x00200032, "DS", "-120\\-120\\" + index * 5)
                .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
                .text(0x00200052, "UI", uid(study.description + "/frame"))
                .text(0x00201040, "LO", "")
                .text(0x00201041, "DS", Integer.toString(index * 5))
                .text(0x00280030, "DS", "1.875\\1.875");
    }

    private static PhantomDataset grey(PhantomDataset object, int edge) {
        return object.unsignedShort(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .unsignedShort(0x00280010, edge)
                .unsignedShort(0x00280011, edge)
                .unsignedShort(0x00280100, 16)
                .unsignedShort(0x00280101, 16)
                .unsignedShort(0x00280102, 15)
                .unsignedShort(0x00280103, 0);
    }

    private PhantomDataset image(Study study, String sopClass, int series, String description, int index) {
        Person person = study.person;
        return new PhantomDataset()
                .text(0x00080005, "CS", "ISO_IR 192")
                .text(0x00080016, "UI", sopClass)
                .text(0x00080018, "UI", instanceUid(study, series, index))
                .text(0x00080020, "DA", study.date)
                .text(0x00080021, "DA", study.date)
                .text(0x00080023, "DA", study.date)
                .text(0x00080030, "TM", "101500")
                .text(0x00080033, "TM", "101500")
                .text(0x00080050, "SH", study.accession)
                .text(0x00080060, "CS", study.modality)
                .text(0x00080070, "LO", "Archipelago")
                .text(0x00080080, "LO", "Phantom Hospital")
                .text(0x00080090, "PN", "")
                .text(0x00081030, "LO", study.description)
                .text(0x0008103E, "LO", description)
                .text(0x00100010, "PN", person.name)
                .text(0x00100020, "LO", person.id)
                .text(0x00100021, "LO", "NORTH")
                .text(0x00100030, "DA", person.birthDate)
                .text(0x00100040, "CS", person.sex)
                .text(0x0020000D, "UI", studyUid(study))
                .text(0x0020000E, "UI", seriesUid(study, series))
                .text(0x00200010, "SH", study.accession)
                .text(0x00200011, "IS", Integer.toString(series))
                .text(0x00200013, "IS", Integer.toString(index + 1))
                .text(0x00200012, "IS", "1")
                .text(0x00200020, "CS", "")
                .text(0x00200060, "CS", "");
    }

    private Phantom finished(Study study, String sopClass, int series, int index, PhantomDataset object) {
        String instance = instanceUid(study, series, index);
        return new Phantom(
                study.modality,
                studyUid(study),
                seriesUid(study, series),
                sopClass,
                instance,
                object.encode(),
                object.encodeFile(sopClass, instance));
    }

    private String studyUid(Study study) {
        return uid(study.description);
    }

    private String seriesUid(Study study, int series) {
        return uid(study.description + "/" + series);
    }

    private String instanceUid(Study study, int series, int index) {
        return uid(study.description + "/" + series + "/" + index);
    }

    /** A UID derived from a UUID (PS3.5 §B.2). */
    private String uid(String name) {
        UUID uuid = UUID.nameUUIDFromBytes((seed + "/" + name).getBytes(StandardCharsets.UTF_8));
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
        return "2.25." + new BigInteger(1, bytes);
    }

    private static double depth(int index, int slices) {
        return slices == 1 ? 0 : 2.0 * index / (slices - 1) - 1;
    }

    private record Person(String name, String id, String birthDate, String sex) {}

    private record Study(Person person, String modality, String date, String description, String accession) {}
}

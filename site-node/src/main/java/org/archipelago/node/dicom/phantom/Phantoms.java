package org.archipelago.node.dicom.phantom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.Part10;

/** Studies that look like a hospital's, from a seed: the same seed and day give the same bytes. */
public final class Phantoms {
    private static final DateTimeFormatter DA = DateTimeFormatter.BASIC_ISO_DATE;
    private static final String CT = "1.2.840.10008.5.1.4.1.1.2";
    private static final String MR = "1.2.840.10008.5.1.4.1.1.4";
    private static final String US_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1";
    private static final String DX = "1.2.840.10008.5.1.4.1.1.1.1";
    private static final String BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11";
    private static final String PDF = "1.2.840.10008.5.1.4.1.1.104.1";

    private final long seed;
    private final LocalDate today;

    /** @param today the youngest studies are of this day */
    public Phantoms(long seed, LocalDate today) {
        this.seed = seed;
        this.today = today;
    }

    /** An object as a modality sends it. */
    public record PhantomObject(
            StudyInstanceUid study,
            SeriesInstanceUid series,
            SopClassUid sopClassUid,
            SopInstanceUid sopInstanceUid,
            TransferSyntaxUid transferSyntax,
            byte[] dataset) {
        /** The same as a file (PS3.10 §7). */
        public byte[] file() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                Part10.writeStart(out, sopClassUid, sopInstanceUid, transferSyntax);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            out.writeBytes(dataset);
            return out.toByteArray();
        }
    }

    /**
     * @param title for people
     * @param objects made when they are asked for, one at a time
     */
    public record PhantomStudy(String title, int count, Supplier<Stream<PhantomObject>> objects) {}

    /** @param issuer empty where the object does not say whose number it is */
    private record Patient(
            String id, String issuer, String name, String birthDate, String sex, String... characterSet) {
        /** The same, as another hospital's objects name it. */
        Patient ofIssuer(String other) {
            return new Patient(id, other, name, birthDate, sex, characterSet);
        }
    }

    private static final Patient YAMADA =
            new Patient("DEMO-1001", "", "Yamada^Tarou=山田^太郎=やまだ^たろう", "19610412", "M", "", "ISO 2022 IR 87");
    private static final Patient MULLER = new Patient("DEMO-1002", "", "Müller^Änne", "19480923", "F", "ISO_IR 192");
    private static final Patient NOVAK = new Patient("DEMO-1003", "", "Nováková^Jiřina", "19750131", "F", "ISO_IR 192");
    private static final Patient SMITH = new Patient("DEMO-1004", "", "Smith^John^Q", "19550704", "M", "ISO_IR 100");

    private static final Patient DUBOIS = new Patient("DEMO-1004", "", "Dubois^Élodie", "19830617", "F", "ISO_IR 192");
    private static final Patient HORVAT = new Patient("DEMO-2001", "", "Horvat^Ivan", "19521105", "M", "ISO_IR 100");
    private static final Patient OKAFOR = new Patient("DEMO-1001", "", "Okafor^Ngozi", "19900215", "F", "ISO_IR 100");
    private static final Patient LINDQVIST =
            new Patient("DEMO-3001", "", "Lindqvist^Åsa", "19690228", "F", "ISO_IR 192");

    /**
     * A second hospital's: a CT of a patient whom the first has referred, under its identifier, an MR of somebody else who has the number of
     * one of the first's, and a chest.
     *
     * @param first issuer of the first's identifiers
     */
    public List<PhantomStudy> ofSecondHospital(String first) {
        return List.of(
                headCt("CT head, follow-up", 11, YAMADA.ofIssuer(first), 0, 16, 512),
                headMr("MR brain", 12, DUBOIS, 5, 16),
                chest("DX chest with report", 13, HORVAT, 2));
    }

    /**
     * A third hospital's: an echocardiography of somebody else who has the number of one of the first's, the very chest study that the first
     * has, sent on, and a PDF.
     *
     * @param first issuer of the first's identifiers
     */
    public List<PhantomStudy> ofThirdHospital(String first) {
        return List.of(
                ultrasound("US heart, colour", 21, OKAFOR, 4, 1, 20),
                chest("DX chest with report, sent on", 5, SMITH.ofIssuer(first), 0),
                pdf("Outside report (PDF)", 22, LINDQVIST, 20));
    }

    /** CT (with a prior), MR, colour US, DX with a report, and a PDF. */
    public List<PhantomStudy> studies() {
        return List.of(
                headCt("CT head, prior", 1, YAMADA, 400, 24, 512),
                headCt("CT head", 2, YAMADA, 1, 32, 512),
                headMr("MR brain", 3, MULLER, 3, 24),
                ultrasound("US heart, colour", 4, NOVAK, 2, 1, 20),
                chest("DX chest with report", 5, SMITH, 0),
                pdf("Outside report (PDF)", 6, MULLER, 30));
    }

    /** A CT head series of any length, for load and tests; {@code number} tells studies apart. */
    public PhantomStudy headCt(int number, int slices) {
        return headCt(number, slices, 512);
    }

    /** Of any size of image, too: {@code size} times {@code size} pixels of two bytes. */
    public PhantomStudy headCt(int number, int slices, int size) {
        return headCt("CT head " + number, 1000 + number, SMITH, number % 1000, slices, size);
    }

    /** An MR head series of any length; {@code number} tells studies apart. */
    public PhantomStudy headMr(int number, int slices) {
        return headMr("MR brain " + number, 2000 + number, MULLER, number % 1000, slices);
    }

    /** Colour loops of so many frames of 225 KiB; {@code number} tells studies apart. */
    public PhantomStudy ultrasound(int number, int loops, int frames) {
        return ultrasound("US heart " + number, 3000 + number, NOVAK, number % 1000, loops, frames);
    }

    /** A chest radiograph of 2 MiB and its report; {@code number} tells studies apart. */
    public PhantomStudy chest(int number) {
        return chest("DX chest " + number, 4000 + number, SMITH, number % 1000);
    }

    /** A document; {@code number} tells studies apart. */
    public PhantomStudy pdf(int number) {
        return pdf("Outside report " + number, 5000 + number, MULLER, number % 1000);
    }

    /** What the objects of a study share. */
    private final class Study {
        final int number;
        final Patient patient;
        final LocalDate date;
        final String description;
        final String studyUid;

        Study(int number, Patient patient, int daysAgo, String description) {
            this.number = number;
            this.patient = patient;
            this.date = today.minusDays(daysAgo);
            this.description = description;
            this.studyUid = uid(number, "study");
        }

        /** Patient, General Study, General Series, General Equipment and SOP Common modules (PS3.3 §C.7). */
        DataSet object(String sopClass, String modality, int series, String seriesDescription, int instance) {
            String day = DA.format(date);
            DataSet identified =
                    patient.issuer.isEmpty() ? new DataSet() : new DataSet().put("IssuerOfPatientID", patient.issuer);
            return identified
                    .put("SpecificCharacterSet", patient.characterSet)
                    .put("SOPClassUID", sopClass)
                    .put("SOPInstanceUID", uid(number, "instance " + series + " " + instance))
                    .put("InstanceCreationDate", day)
                    .put("InstanceCreationTime", "101500")
                    .put("StudyDate", day)
                    .put("SeriesDate", day)
                    .put("ContentDate", day)
                    .put("StudyTime", "100500")
                    .put("SeriesTime", "101000")
                    .put("ContentTime", "101500")
                    .put("AccessionNumber", "A" + (700000 + number))
                    .put("Modality", modality)
                    .put("Manufacturer", "Archipelago Phantoms")
                    .put("InstitutionName", "Demo Hospital")
                    .put("ReferringPhysicianName", "Referrer^Rita")
                    .put("StationName", modality + "1")
                    .put("StudyDescription", description)
                    .put("SeriesDescription", seriesDescription)
                    .put("ManufacturerModelName", "Phantom")
                    .put("PatientName", patient.name)
                    .put("PatientID", patient.id)
                    .put("PatientBirthDate", patient.birthDate)
                    .put("PatientSex", patient.sex)
                    .put("DeviceSerialNumber", "0001")
                    .put("SoftwareVersions", "1")
                    .put("StudyInstanceUID", studyUid)
                    .put("SeriesInstanceUID", uid(number, "series " + series))
                    .put("StudyID", String.valueOf(number))
                    .put("SeriesNumber", series)
                    .put("InstanceNumber", instance);
        }
    }

    private PhantomStudy study(String title, int count, java.util.function.IntFunction<PhantomObject> object) {
        return new PhantomStudy(title, count, () -> IntStream.range(0, count).mapToObj(object));
    }

    private Random random(int study, int instance) {
        return new Random(seed * 1_000_003 + study * 1009L + instance);
    }

    private PhantomStudy headCt(String title, int number, Patient patient, int daysAgo, int slices, int size) {
        Study study = new Study(number, patient, daysAgo, "CT head without contrast");
        Head head = new Head(random(number, -1).nextDouble());
        return study(title, slices, i -> {
            double z = -60 + 140.0 * i / Math.max(1, slices - 1);
            double spacing = 140.0 / Math.max(1, slices - 1);
            DataSet set = study.object(CT, "CT", 2, "Head " + size, i + 1)
                    .all(axial(number, z, size, spacing))
                    .put("ImageType", "ORIGINAL", "PRIMARY", "AXIAL")
                    .put("AcquisitionNumber", 1)
                    .put("BodyPartExamined", "HEAD")
                    .put("KVP", "120")
                    .put("ExposureTime", "1000")
                    .put("XRayTubeCurrent", "250")
                    .put("ConvolutionKernel", "H30s")
                    .put("GantryDetectorTilt", "0")
                    .all(grey(size, size, 12, 11))
                    .put("PixelRepresentation", 0)
                    .put("WindowCenter", "40", "400")
                    .put("WindowWidth", "80", "2000")
                    .put("WindowCenterWidthExplanation", "BRAIN", "BONE")
                    .put("RescaleIntercept", "-1024")
                    .put("RescaleSlope", "1")
                    .put("RescaleType", "HU")
                    .bytes("PixelData", Vr.OW, Pictures.headCt(head, size, z, random(number, i)));
            return object(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        });
    }

    private PhantomStudy headMr(String title, int number, Patient patient, int daysAgo, int slices) {
        Study study = new Study(number, patient, daysAgo, "MR brain");
        Head head = new Head(random(number, -1).nextDouble());
        return study(title, slices, i -> {
            double spacing = 130.0 / Math.max(1, slices - 1);
            double z = -55 + spacing * i;
            DataSet set = study.object(MR, "MR", 3, "T1 axial", i + 1)
                    .all(axial(number, z, 256, spacing))
                    .put("ImageType", "ORIGINAL", "PRIMARY", "OTHER")
                    .put("AcquisitionNumber", 1)
                    .put("BodyPartExamined", "BRAIN")
                    .put("ScanningSequence", "SE")
                    .put("SequenceVariant", "NONE")
                    .put("ScanOptions")
                    .put("MRAcquisitionType", "2D")
                    .put("RepetitionTime", "550")
                    .put("EchoTime", "12")
                    .put("EchoTrainLength", "1")
                    .put("MagneticFieldStrength", "1.5")
                    .put("FlipAngle", "90")
                    .all(grey(256, 256, 12, 11))
                    .put("PixelRepresentation", 0)
                    .put("WindowCenter", "450")
                    .put("WindowWidth", "900")
                    .bytes("PixelData", Vr.OW, Pictures.headMr(head, 256, z, random(number, i)));
            return object(set, TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN);
        });
    }

    /** Frame of Reference and Image Plane modules (PS3.3 §C.7.4.1, §C.7.6.2) over a field of 240 mm. */
    private DataSet axial(int number, double z, int size, double spacing) {
        String pixel = String.valueOf(240.0 / size);
        return new DataSet()
                .put("FrameOfReferenceUID", uid(number, "frame of reference"))
                .put("PositionReferenceIndicator")
                .put("PatientPosition", "HFS")
                .put("ImagePositionPatient", "-120", "-120", decimal(z))
                .put("ImageOrientationPatient", "1", "0", "0", "0", "1", "0")
                .put("SliceLocation", decimal(z))
                .put("SliceThickness", decimal(spacing))
                .put("PixelSpacing", pixel, pixel);
    }

    private static String decimal(double value) {
        return new java.math.BigDecimal(value)
                .setScale(4, java.math.RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    private static DataSet grey(int rows, int columns, int stored, int highBit) {
        return new DataSet()
                .put("SamplesPerPixel", 1)
                .put("PhotometricInterpretation", "MONOCHROME2")
                .put("Rows", rows)
                .put("Columns", columns)
                .put("BitsAllocated", 16)
                .put("BitsStored", stored)
                .put("HighBit", highBit);
    }

    private PhantomStudy ultrasound(String title, int number, Patient patient, int daysAgo, int loops, int frames) {
        Study study = new Study(number, patient, daysAgo, "Echocardiography");
        return study(title, loops, i -> {
            int rows = 240;
            int columns = 320;
            byte[] pixels = new byte[rows * columns * 3 * frames];
            Random noise = random(number, i);
            for (int frame = 0; frame < frames; frame++) {
                byte[] picture = Pictures.ultrasound(rows, columns, frame, frames, noise);
                System.arraycopy(picture, 0, pixels, frame * picture.length, picture.length);
            }
            DataSet set = study.object(US_MULTI_FRAME, "US", 1, "Apical four chamber", i + 1)
                    .put("ImageType", "ORIGINAL", "PRIMARY", "CARDIAC", "0011")
                    .put("Laterality")
                    .put("PatientOrientation")
                    .put("LossyImageCompression", "00")
                    .put("FrameTime", "40")
                    .put("SamplesPerPixel", 3)
                    .put("PhotometricInterpretation", "RGB")
                    .put("PlanarConfiguration", 0)
                    .put("NumberOfFrames", frames)
                    .put("FrameIncrementPointer", "FrameTime")
                    .put("Rows", rows)
                    .put("Columns", columns)
                    .put("BitsAllocated", 8)
                    .put("BitsStored", 8)
                    .put("HighBit", 7)
                    .put("PixelRepresentation", 0)
                    .bytes("PixelData", Vr.OB, pixels);
            return object(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        });
    }

    private PhantomStudy chest(String title, int number, Patient patient, int daysAgo) {
        Study study = new Study(number, patient, daysAgo, "Chest PA");
        return study(title, 2, i -> i == 0 ? chestImage(study) : chestReport(study));
    }

    private PhantomObject chestImage(Study study) {
        DataSet set = study.object(DX, "DX", 1, "Chest PA", 1)
                .put("ImageType", "ORIGINAL", "PRIMARY", "")
                .put("AcquisitionDate", DA.format(study.date))
                .put("AcquisitionTime", "101200")
                .put("PresentationIntentType", "FOR PRESENTATION")
                .put("PatientOrientation", "L", "F")
                .put("BodyPartExamined", "CHEST")
                .put("ViewPosition", "PA")
                .put("ImageLaterality", "U")
                .put("PositionerType")
                .put("DetectorType", "DIRECT")
                .put("DetectorActiveDimensions", "400", "400")
                .put("DistanceSourceToDetector", "1800")
                .put("DistanceSourceToPatient", "1700")
                .put("KVP", "125")
                .put("PixelSpacing", "0.390625", "0.390625")
                .put("ImagerPixelSpacing", "0.390625", "0.390625")
                .put("PixelSpacingCalibrationType", "GEOMETRY")
                .put("PixelSpacingCalibrationDescription", "detector plane")
                .put("PixelIntensityRelationship", "LOG")
                .put("PixelIntensityRelationshipSign", "-1")
                .put("RescaleIntercept", "0")
                .put("RescaleSlope", "1")
                .put("RescaleType", "US")
                .put("PresentationLUTShape", "IDENTITY")
                .put("LossyImageCompression", "00")
                .put("BurnedInAnnotation", "NO")
                .put("WindowCenter", "1400")
                .put("WindowWidth", "2600")
                .items("AnatomicRegionSequence", DataSet.code("51185008", "SCT", "Chest"))
                .items(
                        "ViewCodeSequence",
                        DataSet.code("399348003", "SCT", "antero-posterior").items("ViewModifierCodeSequence"))
                .items("AcquisitionContextSequence")
                .all(grey(1024, 1024, 12, 11))
                .put("PixelRepresentation", 0)
                .bytes("PixelData", Vr.OW, Pictures.chest(1024, 1024, random(study.number, 0)));
        return object(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
    }

    /** Basic Text SR (PS3.3 §A.35.1) that names the image. */
    private PhantomObject chestReport(Study study) {
        DataSet image = new DataSet()
                .put("ReferencedSOPClassUID", DX)
                .put("ReferencedSOPInstanceUID", uid(study.number, "instance 1 1"));
        DataSet series = new DataSet()
                .put("SeriesInstanceUID", uid(study.number, "series 1"))
                .items("ReferencedSOPSequence", image);
        DataSet set = study.object(BASIC_TEXT_SR, "SR", 2, "Report", 1)
                .items("ReferencedPerformedProcedureStepSequence")
                .items("PerformedProcedureCodeSequence")
                .put("CompletionFlag", "COMPLETE")
                .put("VerificationFlag", "UNVERIFIED")
                .items(
                        "CurrentRequestedProcedureEvidenceSequence",
                        new DataSet().put("StudyInstanceUID", study.studyUid).items("ReferencedSeriesSequence", series))
                .put("ValueType", "CONTAINER")
                .put("ContinuityOfContent", "SEPARATE")
                .items("ConceptNameCodeSequence", DataSet.code("18748-4", "LN", "Diagnostic imaging study"))
                .items(
                        "ContentSequence",
                        text(
                                "121071",
                                "Finding",
                                "The lungs are clear. The heart is of normal size. This is a phantom."),
                        text("121077", "Conclusion", "No acute abnormality in an invented patient."));
        return object(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
    }

    private static DataSet text(String code, String meaning, String text) {
        return new DataSet()
                .put("RelationshipType", "CONTAINS")
                .put("ValueType", "TEXT")
                .items("ConceptNameCodeSequence", DataSet.code(code, "DCM", meaning))
                .put("TextValue", text);
    }

    private PhantomStudy pdf(String title, int number, Patient patient, int daysAgo) {
        Study study = new Study(number, patient, daysAgo, "Outside report");
        return study(title, 1, i -> {
            byte[] document = TinyPdf.of(List.of(
                    "Outside report",
                    "",
                    "This document belongs to an invented patient.",
                    "Nothing of note was found."));
            DataSet set = study.object(PDF, "DOC", 1, "Letter", 1)
                    .put("ConversionType", "WSD")
                    .put("BurnedInAnnotation", "YES")
                    .put("AcquisitionDateTime")
                    .put("DocumentTitle", "Outside report")
                    .items("ConceptNameCodeSequence")
                    .put("MIMETypeOfEncapsulatedDocument", "application/pdf")
                    .put("EncapsulatedDocumentLength", document.length)
                    .bytes("EncapsulatedDocument", Vr.OB, document);
            return object(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        });
    }

    private static PhantomObject object(DataSet set, TransferSyntaxUid transferSyntax) {
        AttributeSet attributes = set.done();
        return new PhantomObject(
                new StudyInstanceUid(attributes.text(Tags.STUDY_INSTANCE_UID).orElseThrow()),
                new SeriesInstanceUid(attributes.text(Tags.SERIES_INSTANCE_UID).orElseThrow()),
                new SopClassUid(attributes.text(Tags.SOP_CLASS_UID).orElseThrow()),
                new SopInstanceUid(attributes.text(Tags.SOP_INSTANCE_UID).orElseThrow()),
                transferSyntax,
                DataSetCodec.encode(attributes, transferSyntax));
    }

    /** Under 2.25 (PS3.5 §B.2): a version 8 UUID made of the seed and what the UID is for. */
    private String uid(int study, String what) {
        byte[] hash = org.archipelago.contract.Digest.sha256(
                        (seed + " " + study + " " + what).getBytes(StandardCharsets.UTF_8))
                .toBytes();
        byte[] uuid = java.util.Arrays.copyOf(hash, 16);
        uuid[6] = (byte) (uuid[6] & 0x0F | 0x80);
        uuid[8] = (byte) (uuid[8] & 0x3F | 0x80);
        return "2.25." + new BigInteger(1, uuid);
    }
}

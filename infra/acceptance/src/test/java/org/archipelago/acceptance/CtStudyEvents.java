package org.archipelago.acceptance;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.archipelago.contract.Actor;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.InstancesStored;

/**
 * What a node records of the images of one CT study that come one by one: an event each, whose attributes differ from their
 * series' in the instance number and the content time. Invented from a number: equal numbers, equal studies.
 */
record CtStudyEvents(StudyCopyId study, List<InstancesStored> events) {
    private static final String ROOT = "1.3.12.2.1107.5.1.4.";
    private static final int WRAPPED_KEY_BYTES = 40;
    private static final int IMAGE_BYTES = 526_000;
    private static final Instant FIRST = Instant.parse("2026-11-22T10:15:30.123456Z");
    private static final Actor MODALITY = Actor.device("CT1", "10.1.2.20");

    static CtStudyEvents invented(StreamNames names, long number, int images) {
        Random random = new Random(number);
        String device = ROOT + (10_000 + random.nextInt(90_000)) + ".3000";
        StudyCopyId study = names.study(new StudyInstanceUid(uid(device, random)));
        SeriesInstanceUid series = new SeriesInstanceUid(uid(device, random));
        List<InstancesStored> events = new ArrayList<>(images);
        for (int image = 1; image <= images; image++) {
            Instant at = FIRST.plusMillis(250L * image);
            StoredInstance instance = new StoredInstance(series, object(device, random), differences(image));
            events.add(new InstancesStored(study, List.of(instance), MODALITY, at));
        }
        return new CtStudyEvents(study, List.copyOf(events));
    }

    private static StoredObject object(String device, Random random) {
        return new StoredObject(
                new SopInstanceUid(uid(device, random)),
                new SopClassUid(CtImage.SOP_CLASS),
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                Digest.of(bytes(Digest.LENGTH_BYTES, random)),
                IMAGE_BYTES + random.nextInt(1000),
                new BlobRef(
                        new BlobId(Digest.of(bytes(Digest.LENGTH_BYTES, random))), bytes(WRAPPED_KEY_BYTES, random)));
    }

    private static AttributeSet differences(int image) {
        String time = "%02d%02d%02d.%06d".formatted(10, image / 60 % 60, image % 60, image * 7919 % 1_000_000);
        return AttributeSet.of(Map.of(
                Tags.CONTENT_TIME, text(Vr.TM, time), Tags.INSTANCE_NUMBER, text(Vr.IS, Integer.toString(image))));
    }

    private static Attribute text(Vr vr, String value) {
        return new Attribute(vr, List.of(new Value.Text(value)));
    }

    private static String uid(String device, Random random) {
        return device + "%d%08d".formatted(100_000_000 + random.nextInt(900_000_000), random.nextInt(100_000_000));
    }

    private static byte[] bytes(int length, Random random) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}

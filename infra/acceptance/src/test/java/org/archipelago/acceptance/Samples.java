package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;

/** Synthetic objects, small ones, also as files that peers can send. Other seeds, other objects. */
final class Samples {
    private static final LocalDate DAY = LocalDate.of(2026, 5, 4);
    /** Of the images of {@link #ct}. */
    static final int EDGE_PIXELS = 128;

    private Samples() {}

    private static Phantoms of(String seed) {
        UUID hash = UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8));
        return new Phantoms(hash.getMostSignificantBits(), DAY);
    }

    private static List<PhantomObject> objects(PhantomStudy study) {
        return study.objects().get().toList();
    }

    /** Of Smith^John^Q, DEMO-1004. */
    static List<PhantomObject> ct(String seed, int slices) {
        return objects(of(seed).headCt(1, slices, EDGE_PIXELS));
    }

    /** Of Müller^Änne, DEMO-1002, in Implicit VR Little Endian. */
    static List<PhantomObject> mr(String seed, int slices) {
        return objects(of(seed).headMr(1, slices));
    }

    /** Of Nováková^Jiřina, DEMO-1003; of two frames each. */
    static List<PhantomObject> ultrasound(String seed, int loops) {
        return objects(of(seed).ultrasound(1, loops, 2));
    }

    /** One image of 2 MiB, of Smith^John^Q, DEMO-1004. */
    static List<PhantomObject> radiograph(String seed) {
        return objects(of(seed).chest(1)).subList(0, 1);
    }

    /** Of Müller^Änne, DEMO-1002. */
    static List<PhantomObject> pdf(String seed) {
        return objects(of(seed).pdf(1));
    }

    static List<PhantomObject> ofSeveralKinds(String seed) {
        return Stream.of(ct(seed, 12), mr(seed, 8), ultrasound(seed, 3), objects(of(seed).chest(1)), pdf(seed))
                .flatMap(List::stream)
                .toList();
    }

    static DicomFile facts(PhantomObject phantom) {
        return DicomFile.of(phantom.sopInstanceUid().value(), phantom.file());
    }

    static List<DicomFile> facts(List<PhantomObject> phantoms) {
        return phantoms.stream().map(Samples::facts).toList();
    }

    /** An object of about this many bytes, more than all that a segment takes: padded behind its pixels. */
    static DicomFile large(String seed, int bytes) {
        DicomFile small = facts(ct("large " + seed, 1).getFirst());
        if (!small.transferSyntax().equals(DicomFile.EXPLICIT)) {
            throw new AssertionError("the padding is written in Explicit VR Little Endian");
        }
        byte[] noise = new byte[bytes / 2 * 2 - small.dataset().length];
        new Random(seed.hashCode()).nextBytes(noise);
        ByteArrayOutputStream padded = new ByteArrayOutputStream();
        padded.writeBytes(small.dataset());
        padded.writeBytes(ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0xFFFCFFFC)
                .put((byte) 'O')
                .put((byte) 'B')
                .putShort((short) 0)
                .putInt(noise.length)
                .array());
        padded.writeBytes(noise);
        return DicomFile.received(small.sopClass(), small.sopInstance(), small.transferSyntax(), padded.toByteArray());
    }

    /** Many small distinct objects: CT slices of as many studies as it takes. */
    static List<DicomFile> many(String seed, int count) {
        List<DicomFile> objects = new ArrayList<>();
        for (int study = 0; objects.size() < count; study++) {
            objects.addAll(facts(ct(seed + study, 20)));
        }
        return objects.subList(0, count);
    }

    static Path write(Path directory, PhantomObject phantom) {
        try {
            Files.createDirectories(directory);
            return Files.write(directory.resolve(phantom.sopInstanceUid().value() + ".dcm"), phantom.file());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static void storeAll(NodeProcess node, List<DicomFile> objects) throws IOException {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, objects)) {
            for (DicomFile object : objects) {
                RawStoreScu.Response response = scu.store(object);
                if (!response.isSuccess()) {
                    throw new AssertionError(object.name() + " was refused with " + response.hex() + " "
                            + response.comment() + "\n" + node.log());
                }
            }
        }
    }
}

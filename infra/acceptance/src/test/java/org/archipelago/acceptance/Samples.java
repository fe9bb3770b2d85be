package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.archipelago.node.cli.phantom.Phantom;
import org.archipelago.node.cli.phantom.Phantoms;

/** Synthetic objects as files that peers can send. */
final class Samples {
    private Samples() {}

    static DicomFile facts(Phantom phantom) {
        return DicomFile.of(phantom.modality(), phantom.file());
    }

    static List<DicomFile> facts(List<Phantom> phantoms) {
        return phantoms.stream().map(Samples::facts).toList();
    }

    /** An object of about this many bytes, more than all that a segment takes: padded behind its pixels. */
    static DicomFile large(String seed, int bytes) {
        DicomFile small = facts(new Phantoms(seed).radiograph().getFirst());
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
            objects.addAll(facts(new Phantoms(seed + study).ct(20)));
        }
        return objects.subList(0, count);
    }

    static Path write(Path directory, Phantom phantom) {
        try {
            Files.createDirectories(directory);
            return Files.write(directory.resolve(phantom.sopInstanceUid() + ".dcm"), phantom.file());
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

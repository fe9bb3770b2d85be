package org.archipelago.node.dicomweb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.FakeNetwork;
import org.archipelago.node.web.HttpOptions;

/** A stand-in for pixel data: what follows the first line of a fake data set, 4 bytes a frame. */
final class FakeDicom implements FrameSource {
    volatile boolean undecodable;
    /** Sent before a frame breaks; 0: none does. */
    volatile int breaksAfterBytes;

    static DicomWeb feature(FakeArchive archive, FakeAccess access, FakeDicom dicom, DicomWebLimits limits) {
        return new DicomWeb(
                archive,
                archive,
                archive,
                Optional.of(FakeNetwork.of(archive)),
                access,
                new Callers(HttpOptions.loopback(0)),
                dicom,
                study -> archive.openConflicts.getOrDefault(study.value(), 0),
                "NORTH",
                new Spool.Place(Path.of(System.getProperty("java.io.tmpdir")), 0),
                limits);
    }

    static byte[] file(TransferSyntaxUid syntax, String announced, byte[] dataset) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            Part10.writeStart(file, new SopClassUid(FakeArchive.CT), new SopInstanceUid(announced), syntax);
            file.write(dataset);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return file.toByteArray();
    }

    @Override
    public Image open(SeekableByteChannel plain, TransferSyntaxUid syntax) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) plain.size());
        while (all.hasRemaining() && plain.read(all) >= 0) {}
        String text = new String(all.array(), StandardCharsets.ISO_8859_1);
        String pixels = text.substring(text.indexOf('\n', 18) + 1);
        return new Image() {
            @Override
            public int count() {
                return pixels.length() / 4;
            }

            @Override
            public void stored(int number, OutputStream out) throws IOException {
                out.write(pixels.substring(number * 4 - 4, number * 4).getBytes(StandardCharsets.ISO_8859_1));
            }

            @Override
            public void decoded(int number, OutputStream out) throws IOException {
                if (breaksAfterBytes > 0) {
                    out.write(new byte[breaksAfterBytes]);
                    throw new ArchiveException(ArchiveError.CORRUPT, "fake");
                }
                if (undecodable) {
                    throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "fake");
                }
                String frame = pixels.substring(number * 4 - 4, number * 4);
                out.write(frame.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1));
            }
        };
    }
}

package org.archipelago.node.dicomweb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.HttpOptions;

/** Stand-ins for the DICOM toolkit: files are {@code DICM}, a line of UIDs, then the data set; frames are 4 bytes each. */
final class FakeDicom implements Part10Codec, FrameSource, AttributeNames {
    private static final Map<String, Integer> TAGS = Map.of(
            "PatientName", 0x00100010,
            "PatientID", 0x00100020,
            "StudyInstanceUID", 0x0020000D,
            "ModalitiesInStudy", 0x00080061,
            "StudyDescription", 0x00081030,
            "RequestAttributesSequence", 0x00400275,
            "ScheduledProcedureStepID", 0x00400009);

    volatile boolean undecodable;

    static DicomWeb feature(FakeArchive archive, FakeAccess access, FakeDicom dicom, DicomWebLimits limits) {
        return new DicomWeb(
                archive,
                archive,
                archive,
                access,
                new Callers(HttpOptions.loopback(0)),
                new AttributeJson(),
                dicom,
                dicom,
                dicom,
                "NORTH",
                limits);
    }

    static byte[] file(TransferSyntaxUid syntax, String announced, byte[] dataset) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            new FakeDicom()
                    .write(
                            file,
                            new FileMeta(
                                    syntax,
                                    Optional.of(new SopClassUid(FakeArchive.CT)),
                                    Optional.of(new SopInstanceUid(announced))));
            file.write(dataset);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return file.toByteArray();
    }

    @Override
    public FileMeta read(InputStream in) throws IOException {
        if (!new String(in.readNBytes(5), StandardCharsets.US_ASCII).equals("DICM\n")) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "fake");
        }
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() > 1000) {
                throw new ArchiveException(ArchiveError.NOT_A_DATASET, "fake");
            }
            line.append((char) c);
        }
        String[] uids = line.toString().split(" ");
        return new FileMeta(
                new TransferSyntaxUid(uids[0]),
                Optional.of(new SopClassUid(uids[1])),
                Optional.of(new SopInstanceUid(uids[2])));
    }

    @Override
    public void write(OutputStream out, FileMeta meta) throws IOException {
        String text = "DICM\n" + meta.transferSyntax() + " "
                + meta.sopClassUid().orElseThrow() + " " + meta.sopInstanceUid().orElseThrow() + "\n";
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public Frames open(SeekableByteChannel plain, TransferSyntaxUid syntax) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) plain.size());
        while (all.hasRemaining() && plain.read(all) >= 0) {}
        String text = new String(all.array(), StandardCharsets.ISO_8859_1);
        String pixels = text.substring(text.indexOf('\n') + 1);
        return new Frames() {
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
                if (undecodable) {
                    throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "fake");
                }
                String frame = pixels.substring(number * 4 - 4, number * 4);
                out.write(frame.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1));
            }
        };
    }

    @Override
    public Optional<Integer> tag(String keyword) {
        return Optional.ofNullable(TAGS.get(keyword));
    }

    @Override
    public Vr vr(int tag) {
        return switch (tag) {
            case 0x00100010 -> Vr.PN;
            case 0x0020000D -> Vr.UI;
            case 0x00080061 -> Vr.CS;
            default -> Vr.LO;
        };
    }
}

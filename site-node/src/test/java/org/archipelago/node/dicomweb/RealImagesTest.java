package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
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
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.dicom.pixel.Frames;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files through real HTTP: what leaves is what lies in the archive. */
class RealImagesTest {
    /** Every so many files: a sample of all modalities and transfer syntaxes that takes seconds. */
    private static final int STEP = 12;

    private static final String PYDICOM = "pydicom/src__pydicom__data__test_files__";

    /** Compressed colour of each kind, and a program that decodes it; none where pydicom does. */
    private static final String[][] COLOUR = {
        {PYDICOM + "SC_rgb_dcmtk_+eb+cr.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_dcmtk_+eb+cy+n1.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_dcmtk_+eb+cy+n2.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_dcmtk_+eb+cy+s2.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_dcmtk_+eb+cy+s4.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_dcmtk_+eb+cy+np.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_jpeg_lossy_gdcm.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_jpeg_gdcm.dcm", "dcmdjpeg"},
        {PYDICOM + "SC_rgb_small_odd_jpeg.dcm", "dcmdjpeg"},
        {PYDICOM + "examples_ybr_color.dcm", "dcmdjpeg"},
        {PYDICOM + "examples_jpeg2k.dcm", "gdcmconv", "--raw"},
        {"pydicom-data/data_store__data__US1_J2KI.dcm", "gdcmconv", "--raw"},
        {PYDICOM + "SC_rgb_rle_16bit.dcm"},
        {"dcm4che/dcm4che-test-data__src__main__resources__YBR_FULL-RLE.dcm"}
    };

    @TempDir
    private Path directory;

    private static final FakeArchive ARCHIVE = new FakeArchive();
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        List<String> names = RealFiles.names();
        for (int i = 0; i < names.size(); i += STEP) {
            keep(RealFiles.bytes(names.get(i)), i);
        }
        for (int i = 0; i < COLOUR.length; i++) {
            keep(RealFiles.bytes(COLOUR[i][0]), names.size() + i);
        }
        DicomWeb feature = FakeDicom.feature(ARCHIVE, new FakeAccess(), new FakeDicom(), DicomWebLimits.standard());
        server = TestServer.start(
                HttpOptions.loopback(0),
                new DicomWeb(
                        feature.ingest(),
                        feature.retrieval(),
                        feature.queries(),
                        feature.network(),
                        feature.access(),
                        feature.callers(),
                        new StoredFrames(DataSetLimits.DEFAULT),
                        feature.openConflicts(),
                        "NORTH",
                        feature.spools(),
                        feature.limits()));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static void keep(byte[] file, int number) throws Exception {
        try {
            Part10.FileStart start = Part10.read(Arrays.copyOf(file, Math.min(file.length, 64 << 10)));
            byte[] dataset = Arrays.copyOfRange(file, (int) start.datasetOffsetBytes(), file.length);
            AttributeSet metadata = new StoredHeaders(DataSetLimits.DEFAULT)
                    .read(DataSetFile.channel(dataset), start.transferSyntax(), Optional.empty());
            if (metadata.text(Tags.SOP_INSTANCE_UID).isEmpty()
                    || metadata.text(Tags.SERIES_INSTANCE_UID).isEmpty()) {
                return;
            }
            StudyInstanceUid study = new StudyInstanceUid("1.2.826.0." + number);
            StoredObject object = new StoredObject(
                    new SopInstanceUid(metadata.text(Tags.SOP_INSTANCE_UID).get()),
                    new SopClassUid(metadata.text(Tags.SOP_CLASS_UID).orElse(FakeArchive.CT)),
                    start.transferSyntax(),
                    Digest.sha256(dataset),
                    dataset.length,
                    new BlobRef(new BlobId(Digest.sha256(dataset)), new byte[40]));
            HeldInstance held = new HeldInstance(
                    new StudyCopyId(new StreamId("00000000-0000-0000-0000-000000000000/study/" + "0".repeat(64))),
                    study,
                    new SeriesInstanceUid(
                            metadata.text(Tags.SERIES_INSTANCE_UID).get()),
                    object,
                    List.of());
            ARCHIVE.kept.add(new FakeArchive.Kept(held, dataset, metadata));
        } catch (ArchiveException e) {
            assertThat(e.error())
                    .isIn(ArchiveError.NOT_A_DATASET, ArchiveError.INVALID_UID, ArchiveError.DATASET_LIMIT);
        }
    }

    private static String path(HeldInstance held) {
        return "/dicom-web/studies/" + held.study() + "/series/" + held.series() + "/instances/"
                + held.current().sopInstanceUid();
    }

    @Test
    void objects_leaveByteIdentical() throws Exception {
        assertThat(ARCHIVE.kept).hasSizeGreaterThan(40);
        for (FakeArchive.Kept kept : ARCHIVE.kept) {
            HttpResponse<byte[]> response =
                    server.get(path(kept.held()), "Accept", "application/dicom; transfer-syntax=*");
            Part10.FileStart start =
                    Part10.read(Arrays.copyOf(response.body(), Math.min(response.body().length, 64 << 10)));
            assertThat(Arrays.copyOfRange(response.body(), (int) start.datasetOffsetBytes(), response.body().length))
                    .isEqualTo(kept.dataset());
        }
    }

    @Test
    void metadata_isReadBackEqualAndEveryBulkAddressAnswers() throws Exception {
        int values = 0;
        for (FakeArchive.Kept kept : ARCHIVE.kept) {
            HttpResponse<byte[]> response = server.get(path(kept.held()) + "/metadata");
            List<String> uris = new ArrayList<>();
            List<AttributeSet> read =
                    DicomJson.read(new ByteArrayInputStream(response.body()), 1 << 26, (tag, vr, uri) -> {
                        uris.add(uri);
                        return new Value.Bulk(0, 0);
                    });
            assertThat(read).hasSize(1);
            assertThat(read.getFirst().attributes().keySet())
                    .isEqualTo(kept.metadata().attributes().keySet());
            for (String uri : uris) {
                if (!uri.contains("7FE00010")) {
                    String path = uri.substring(uri.indexOf("/dicom-web"));
                    var value = server.get(path, "Accept", "application/octet-stream");
                    assertThat(value.statusCode()).isEqualTo(200);
                    assertThat(value.body().length).isPositive();
                    values++;
                }
            }
        }
        assertThat(values).isPositive();
    }

    @Test
    void firstFrames_leaveAsStoredAndDecoded() throws Exception {
        int stored = 0;
        int decoded = 0;
        for (FakeArchive.Kept kept : ARCHIVE.kept) {
            Optional<Frames> frames = frames(kept);
            if (frames.isPresent()) {
                String path = path(kept.held()) + "/frames/1";
                List<Multiparts.Part> asStored = Multiparts.read(server.get(
                        path, "Accept", "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*"));
                assertThat(asStored.getFirst().body()).isEqualTo(frames.get().stored(0));
                stored++;
                HttpResponse<byte[]> plain = server.get(path, "Accept", "application/octet-stream");
                assertThat(plain.statusCode()).isIn(200, 406);
                if (plain.statusCode() == 200) {
                    decoded++;
                }
            }
        }
        assertThat(stored).isGreaterThan(25);
        assertThat(decoded).isGreaterThan(stored * 3 / 4);
    }

    private static String decodedByAnother(String[] file, Path out) throws Exception {
        Path stored = RealFiles.file(file[0]);
        if (file.length == 1) {
            return stored.toString();
        }
        List<String> command = new ArrayList<>(List.of(file).subList(1, file.length));
        command.set(0, Programs.require(command.getFirst()).toString());
        command.addAll(List.of(stored.toString(), out.toString()));
        assertThat(Programs.run(command.toArray(String[]::new)).exit())
                .as(file[0])
                .isZero();
        return out.toString();
    }

    /** Read by what the metadata says of colour and arrangement. Who shares chrominance in another way differs a little. */
    @Test
    void colourFramesWithoutCompression_areWhatAnotherDecoderMakesOfThem() throws Exception {
        Programs.require("python3");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < COLOUR.length; i++) {
            StudyInstanceUid study =
                    new StudyInstanceUid("1.2.826.0." + (RealFiles.names().size() + i));
            HeldInstance held = ARCHIVE.kept.stream()
                    .map(FakeArchive.Kept::held)
                    .filter(one -> one.study().equals(study))
                    .findFirst()
                    .orElseThrow();
            HttpResponse<byte[]> frame = server.get(path(held) + "/frames/1", "Accept", "application/octet-stream");
            assertThat(frame.statusCode()).as(COLOUR[i][0]).isEqualTo(200);
            Path ours = Files.write(directory.resolve(i + ".frame"), frame.body());
            String theirs = decodedByAnother(COLOUR[i], directory.resolve(i + ".dcm"));
            lines.add(RealFiles.file(COLOUR[i][0]) + "\t" + ours + "\t" + theirs);
        }
        Path script = directory.resolve("frame_agreement.py");
        try (var in = getClass().getResourceAsStream("frame_agreement.py")) {
            Files.copy(in, script);
        }
        Path input = Files.write(directory.resolve("frames"), lines);
        Programs.Result compared = Programs.run(input, List.of("/usr/bin/python3", script.toString()));
        assertThat(compared.exit()).as(compared.output()).isZero();
        String[] differences = compared.output().split("\n");
        assertThat(differences).hasSameSizeAs(COLOUR);
        for (int i = 0; i < COLOUR.length; i++) {
            assertThat(Double.parseDouble(differences[i].split(" ")[0]))
                    .as("%s: %s", COLOUR[i][0], differences[i])
                    .isLessThan(1);
        }
    }

    private static Optional<Frames> frames(FakeArchive.Kept kept) throws Exception {
        TransferSyntaxUid syntax = kept.held().current().transferSyntax();
        try {
            Frames frames = Frames.open(DataSetFile.channel(kept.dataset()), syntax, DataSetLimits.DEFAULT);
            frames.stored(0);
            return Optional.of(frames);
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }

    @Test
    void encapsulatedPixelData_leavesFrameByFrame() throws Exception {
        FakeArchive.Kept kept = ARCHIVE.kept.stream()
                .filter(k -> pixels(k)
                        .filter(v -> v instanceof Value.Bulk(long _, long length) && length < 0)
                        .isPresent())
                .findFirst()
                .orElseThrow();

        List<Multiparts.Part> parts = Multiparts.read(server.get(
                path(kept.held()) + "/bulkdata/7FE00010",
                "Accept",
                "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*"));

        assertThat(parts).hasSize(frames(kept).orElseThrow().count());
        assertThat(parts.getFirst().location()).endsWith("/frames/1");
    }

    private static Optional<Value> pixels(FakeArchive.Kept kept) {
        return kept.metadata().get(Tags.PIXEL_DATA).map(Attribute::values).stream()
                .flatMap(List::stream)
                .findFirst();
    }

    @Test
    void realFiles_areStoredByTheirOwnMeta() throws Exception {
        List<String> names = RealFiles.names();
        List<byte[]> files = new ArrayList<>();
        for (int i = 0; i < names.size(); i += STEP * 4) {
            files.add(RealFiles.bytes(names.get(i)));
        }
        HttpResponse<byte[]> response = server.post(
                "/dicom-web/studies",
                Multiparts.of(files.toArray(byte[][]::new)),
                "Content-Type",
                Multiparts.DICOM_TYPE);

        // The fake archive takes none of them, so each is named as failed, by its own UID where it has one.
        AttributeSet answer = DicomJson.read(new ByteArrayInputStream(response.body()), 1 << 20, DicomJson.noBulkData())
                .getFirst();
        long named = Stream.of(0x00081198, 0x0008119A)
                .flatMap(tag -> answer.get(tag).stream())
                .mapToLong(a -> a.values().size())
                .sum();
        assertThat(named).isEqualTo(files.size());
    }
}

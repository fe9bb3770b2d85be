package org.archipelago.node.dicom.pixel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.junit.jupiter.api.Test;

class ImageRendererTest {
    private static final TransferSyntaxUid EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;

    private static Attribute text(Vr vr, String... values) {
        return new Attribute(
                vr,
                java.util.Arrays.stream(values)
                        .map(v -> (Value) new Value.Text(v))
                        .toList());
    }

    private static Attribute number(int value) {
        return new Attribute(Vr.US, List.of(new Value.Numeric(BigDecimal.valueOf(value))));
    }

    /** Two by one pixels of 16 bits. */
    private static Map<Integer, Attribute> image(String photometric, int first, int second) {
        byte[] pixels = {(byte) first, (byte) (first >> 8), (byte) second, (byte) (second >> 8)};
        return new TreeMap<>(Map.of(
                ImageDescription.SAMPLES_PER_PIXEL, number(1),
                ImageDescription.PHOTOMETRIC_INTERPRETATION, text(Vr.CS, photometric),
                Tags.ROWS, number(1),
                Tags.COLUMNS, number(2),
                Tags.BITS_ALLOCATED, number(16),
                ImageDescription.BITS_STORED, number(12),
                ImageDescription.PIXEL_REPRESENTATION, number(0),
                Tags.PIXEL_DATA, new Attribute(Vr.OW, List.of(new Value.Inline(pixels)))));
    }

    private static BufferedImage render(Map<Integer, Attribute> image, ImageRenderer.Wish wish) throws Exception {
        byte[] dataset = DataSetCodec.encode(AttributeSet.of(image), EXPLICIT);
        Frames frames = Frames.open(DataSetFile.channel(dataset), EXPLICIT, DataSetLimits.DEFAULT);
        return read(ImageRenderer.render(frames, 0, wish));
    }

    /** By the platform's own reader, not the toolkit's. */
    private static BufferedImage read(byte[] bytes) throws Exception {
        String format = bytes[0] == (byte) 0xFF ? "jpeg" : "png";
        var readers = ImageIO.getImageReadersByFormatName(format);
        while (readers.hasNext()) {
            var reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes)));
                return reader.read(0);
            }
        }
        throw new IllegalStateException(format);
    }

    private static List<Integer> greys(BufferedImage picture) {
        return List.of(picture.getRGB(0, 0) & 0xFF, picture.getRGB(1, 0) & 0xFF);
    }

    private static ImageRenderer.Wish png() {
        return ImageRenderer.Wish.thumbnail(100, ImageRenderer.Format.PNG);
    }

    @Test
    void windowAndRescaling_makeTheShades() throws Exception {
        Map<Integer, Attribute> image = image("MONOCHROME2", 1024, 1064);
        image.put(0x00281052, text(Vr.DS, "-1024"));
        image.put(0x00281053, text(Vr.DS, "1"));
        image.put(0x00281050, text(Vr.DS, "40"));
        image.put(0x00281051, text(Vr.DS, "81"));
        // Window from 0 to 80 around 40: PS3.3 §C.11.2.1.2.1.
        assertThat(greys(render(image, png()))).containsExactly(2, 129);
        ImageRenderer.Wish own =
                new ImageRenderer.Wish(100, ImageRenderer.Format.PNG, Optional.of(new double[] {0, 1}));
        assertThat(greys(render(image, own))).containsExactly(255, 255);
    }

    @Test
    void monochrome1_isInverted() throws Exception {
        assertThat(greys(render(image("MONOCHROME2", 0, 4095), png()))).containsExactly(0, 255);
        assertThat(greys(render(image("MONOCHROME1", 0, 4095), png()))).containsExactly(255, 0);
    }

    @Test
    void signedBits_areExtended() throws Exception {
        Map<Integer, Attribute> image = image("MONOCHROME2", 0x0FFF, 0);
        image.put(ImageDescription.PIXEL_REPRESENTATION, number(1));
        assertThat(greys(render(image, png()))).containsExactly(0, 255);
    }

    @Test
    void palette_colours() throws Exception {
        Map<Integer, Attribute> image = image("PALETTE COLOR", 0, 1);
        for (int i = 0; i < 3; i++) {
            image.put(
                    0x00281101 + i,
                    new Attribute(
                            Vr.US,
                            List.of(2, 0, 16).stream()
                                    .map(n -> (Value) new Value.Numeric(BigDecimal.valueOf(n)))
                                    .toList()));
            byte[] table = {0, (byte) (10 * i), 0, (byte) (200 + i)};
            image.put(0x00281201 + i, new Attribute(Vr.OW, List.of(new Value.Inline(table))));
        }
        BufferedImage picture = render(image, png());
        assertThat(picture.getRGB(0, 0) & 0xFFFFFF).isEqualTo(0x000A14);
        assertThat(picture.getRGB(1, 0) & 0xFFFFFF).isEqualTo(0xC8C9CA);
    }

    @Test
    void absurdDimensions_areRefused() {
        for (int[] size : new int[][] {{65535, 65535}, {0, 2}, {3, 2}}) {
            Map<Integer, Attribute> image = image("MONOCHROME2", 0, 1);
            image.put(Tags.ROWS, number(size[0]));
            image.put(Tags.COLUMNS, number(size[1]));
            assertThatThrownBy(() -> render(image, png()))
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            e -> assertThat(e.error()).isEqualTo(ArchiveError.TRANSCODING_FAILED));
        }
    }

    @Test
    void frameThatThereIsNot_isNotFound() {
        byte[] dataset = DataSetCodec.encode(AttributeSet.of(image("MONOCHROME2", 0, 1)), EXPLICIT);
        assertThatThrownBy(() -> Frames.open(DataSetFile.channel(dataset), EXPLICIT, DataSetLimits.DEFAULT)
                        .decoded(1))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.NOT_FOUND));
    }

    @Test
    void realFiles_haveThumbnailsOrAReason() throws Exception {
        Map<ArchiveError, Integer> refused = new TreeMap<>();
        int drawn = 0;
        Path gallery = System.getProperty("archipelago.gallery") == null
                ? null
                : Path.of(System.getProperty("archipelago.gallery"));
        for (String name : RealFiles.names()) {
            // The many slices of a series show nothing new.
            if (!name.startsWith("pydicom") && !name.startsWith("dcm4che/") && Math.floorMod(name.hashCode(), 8) != 0) {
                continue;
            }
            try {
                DataSetFile file = DataSetFile.of(RealFiles.file(name));
                Frames frames = Frames.open(file.channel(), file.transferSyntax(), DataSetLimits.DEFAULT);
                byte[] jpeg = ImageRenderer.render(
                        frames, frames.count() - 1, ImageRenderer.Wish.thumbnail(128, ImageRenderer.Format.JPEG));
                BufferedImage picture = read(jpeg);
                assertThat(Math.max(picture.getWidth(), picture.getHeight())).isBetween(1, 128);
                drawn++;
                if (gallery != null) {
                    Files.write(gallery.resolve(name.replace('/', '_') + ".jpg"), jpeg);
                }
            } catch (ArchiveException e) {
                refused.merge(e.error(), 1, Integer::sum);
            }
        }
        assertThat(refused)
                .containsOnlyKeys(ArchiveError.NOT_A_DATASET, ArchiveError.NOT_FOUND, ArchiveError.TRANSCODING_FAILED);
        assertThat(drawn).isGreaterThan(150);
    }

    @Test
    void phantoms_areDrawn() throws Exception {
        for (int study : new int[] {1, 2, 3, 4}) {
            Phantoms.PhantomObject object = new Phantoms(7, LocalDate.of(2026, 5, 4))
                    .studies()
                    .get(study)
                    .objects()
                    .get()
                    .skip(study < 3 ? 12 : 0)
                    .findFirst()
                    .orElseThrow();
            Frames frames =
                    Frames.open(DataSetFile.channel(object.dataset()), object.transferSyntax(), DataSetLimits.DEFAULT);
            byte[] png = ImageRenderer.render(frames, 0, ImageRenderer.Wish.thumbnail(512, ImageRenderer.Format.PNG));
            assertThat(read(png).getWidth()).isGreaterThan(200);
            if (System.getProperty("archipelago.gallery") != null) {
                Files.write(Path.of(System.getProperty("archipelago.gallery"), "phantom" + study + ".png"), png);
            }
        }
    }
}

package org.archipelago.node;

import static org.archipelago.node.SmallNode.CT;
import static org.archipelago.node.SmallNode.encoded;
import static org.archipelago.node.SmallNode.object;
import static org.archipelago.node.SmallNode.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.ingest.Ingested.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Different pixels are never a correction, even where the header does not say what the pixels are. */
class ComparisonTest {
    private static final TransferSyntaxUid RLE = new TransferSyntaxUid("1.2.840.10008.1.2.5");
    private static final int PIXEL_DATA = 0x7FE00010;
    private static final int RLE_HEADER_BYTES = 64;
    private static final byte[] ONE = {1, 2, 3, 4};
    private static final byte[] TWO = {1, 2, 3, 4, 5, 6, 7, 8};
    private static final byte[] OTHER_TWO = {1, 2, 3, 4, 5, 6, 7, 9};

    @TempDir
    private Path folder;

    private SmallNode node;

    @BeforeEach
    void open() throws IOException {
        node = SmallNode.open(folder);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    @Test
    void framesThatCannotBeCounted_areComparedByAllTheirPixels() throws IOException {
        AttributeSet badlyCounted = image().with(Tags.NUMBER_OF_FRAMES, text(Vr.IS, "1A"));
        store(badlyCounted, TWO);

        assertThat(store(image(), ONE)).isEqualTo(Outcome.CONFLICT);
        assertThat(store(described("later", badlyCounted), OTHER_TWO)).isEqualTo(Outcome.CONFLICT);
    }

    @Test
    void frameCountThatIsPutRight_isACorrection() throws IOException {
        store(image().with(Tags.NUMBER_OF_FRAMES, text(Vr.IS, "1A")), TWO);

        assertThat(store(image().with(Tags.NUMBER_OF_FRAMES, text(Vr.IS, "2")), TWO))
                .isEqualTo(Outcome.NEWER_VERSION);
    }

    @Test
    void pixelsBehindTheDescribedFrames_areCompared() throws IOException {
        store(image(), TWO);

        assertThat(store(described("later", image()), TWO)).isEqualTo(Outcome.NEWER_VERSION);
        assertThat(store(described("once more", image()), OTHER_TWO)).isEqualTo(Outcome.CONFLICT);
    }

    @Test
    void pixelsWithoutADescription_areCompared() throws IOException {
        AttributeSet undescribed = object("1.9.1", "P1", "DOE^JANE");
        store(undescribed, TWO);

        assertThat(store(described("later", undescribed), TWO)).isEqualTo(Outcome.NEWER_VERSION);
        assertThat(store(described("once more", undescribed), OTHER_TWO)).isEqualTo(Outcome.CONFLICT);
    }

    @Test
    void codestreamsThatCannotBeCounted_areAllCompared() throws IOException {
        AttributeSet badlyCounted = image().with(Tags.NUMBER_OF_FRAMES, text(Vr.IS, "1A"));
        storeRle(badlyCounted, ONE, new byte[] {5, 6, 7, 8});

        assertThat(storeRle(described("later", badlyCounted), ONE, new byte[] {5, 6, 7, 8}))
                .isEqualTo(Outcome.NEWER_VERSION);
        assertThat(storeRle(badlyCounted, ONE, new byte[] {5, 6, 7, 9})).isEqualTo(Outcome.CONFLICT);
    }

    private Outcome store(AttributeSet header, byte[] pixels) throws IOException {
        Attribute value = new Attribute(Vr.OB, List.of(new Value.Inline(pixels)));
        return node.store(encoded(header.with(PIXEL_DATA, value))).outcome();
    }

    private Outcome storeRle(AttributeSet header, byte[]... frames) throws IOException {
        ByteArrayOutputStream dataset = new ByteArrayOutputStream();
        dataset.writeBytes(encoded(header));
        dataset.writeBytes(new byte[] {(byte) 0xE0, 0x7F, 0x10, 0, 'O', 'B', 0, 0, -1, -1, -1, -1});
        dataset.writeBytes(item(0xE000, new byte[0]));
        for (byte[] frame : frames) {
            dataset.writeBytes(item(0xE000, rle(frame)));
        }
        dataset.writeBytes(item(0xE0DD, new byte[0]));
        return node.store(dataset.toByteArray(), RLE, CT).outcome();
    }

    private static byte[] item(int element, byte[] value) {
        return ByteBuffer.allocate(8 + value.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0xFFFE)
                .putShort((short) element)
                .putInt(value.length)
                .put(value)
                .array();
    }

    /** One segment of one literal run (PS3.5 §G.3, §G.5), filled up to an even length. */
    private static byte[] rle(byte[] samples) {
        return ByteBuffer.allocate(RLE_HEADER_BYTES + (samples.length + 2) / 2 * 2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(1)
                .putInt(RLE_HEADER_BYTES)
                .position(RLE_HEADER_BYTES)
                .put((byte) (samples.length - 1))
                .put(samples)
                .array();
    }

    /** Four pixels of a byte each. */
    private static AttributeSet image() {
        return object("1.9.1", "P1", "DOE^JANE")
                .with(AttributeSet.of(Map.of(
                        0x00280002, number(1),
                        0x00280004, text(Vr.CS, "MONOCHROME2"),
                        0x00280010, number(2),
                        0x00280011, number(2),
                        0x00280100, number(8),
                        0x00280101, number(8),
                        0x00280102, number(7),
                        0x00280103, number(0))));
    }

    private static AttributeSet described(String description, AttributeSet header) {
        return header.with(Tags.STUDY_DESCRIPTION, text(Vr.LO, description));
    }

    private static Attribute number(int value) {
        return new Attribute(Vr.US, List.of(new Value.Numeric(BigDecimal.valueOf(value))));
    }
}

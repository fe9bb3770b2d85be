package org.archipelago.node.dicom.pixel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.Allocated;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameMemoryTest {
    private static final int MIB = 1 << 20;
    private static final int SIDE = 4000;

    private static Attribute number(int value) {
        return new Attribute(Vr.US, List.of(new Value.Numeric(BigDecimal.valueOf(value))));
    }

    /** An image of 16 million pixels in one fragment. */
    private static Frames image(String transferSyntax, byte[] codestream) throws Exception {
        ByteArrayOutputStream dataset = new ByteArrayOutputStream();
        dataset.writeBytes(DataSetCodec.encode(
                AttributeSet.of(Map.of(
                        ImageDescription.SAMPLES_PER_PIXEL, number(1),
                        Tags.ROWS, number(SIDE),
                        Tags.COLUMNS, number(SIDE),
                        Tags.BITS_ALLOCATED, number(8))),
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN));
        dataset.writeBytes(ByteBuffer.allocate(28)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x00107FE0)
                .put(new byte[] {'O', 'B', 0, 0})
                .putInt(-1)
                .putInt(0xE000FFFE)
                .putInt(0)
                .putInt(0xE000FFFE)
                .putInt(codestream.length)
                .array());
        dataset.writeBytes(codestream);
        dataset.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0xE0DDFFFE)
                .array());
        return Frames.open(
                DataSetFile.channel(dataset.toByteArray()),
                new TransferSyntaxUid(transferSyntax),
                DataSetLimits.DEFAULT);
    }

    private static void refused(ArchiveError error, org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1"})
    void pixelsThatTheirBytesCannotHold_areNotEvenMade(String transferSyntax) throws Exception {
        byte[] few = ByteBuffer.allocate(70)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(1)
                .putInt(64)
                .array();
        Frames frames = image(transferSyntax, few);
        assertThat(Allocated.bytes(() -> refused(ArchiveError.TRANSCODING_FAILED, () -> frames.decoded(0))))
                .isLessThan(4 * MIB);
    }

    @Test
    void frameBeyondTheMemory_isRefused() {
        FrameMemory memory = new FrameMemory(10 * MIB);
        refused(ArchiveError.TRANSCODING_FAILED, () -> memory.hold(11 * MIB));
        memory.hold(10 * MIB).close();
    }

    @Test
    void memory_isGivenBack() {
        FrameMemory memory = new FrameMemory(10 * MIB);
        assertThatCode(() -> {
                    for (int i = 0; i < 20; i++) {
                        memory.hold(9 * MIB).close();
                    }
                })
                .doesNotThrowAnyException();
    }
}

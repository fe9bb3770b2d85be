package org.archipelago.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.junit.jupiter.api.Test;

class RecordHeaderTest {
    private static final BlobId ID = new BlobId(Digest.of(HexFormat.of().parseHex("0123456789abcdef".repeat(4))));

    /** Type 1, 2, 3; the CRC-32C of each. Never changed: segments have them. */
    private static final List<String> GOLDEN = List.of("7fb07880", "f4cbff29", "8de2824e");

    @Test
    void headersOfVersion1_areReadForEver() {
        for (RecordHeader.Type type : RecordHeader.Type.values()) {
            RecordHeader header = new RecordHeader(type, 7, 9, 300, ID);
            ByteBuffer bytes = ByteBuffer.allocate(RecordHeader.LENGTH_BYTES);
            header.write(bytes);
            String golden = "41524352" + "%08x".formatted(GOLDEN.indexOf(crc(type)) + 1) + "0000000000000007"
                    + "0000000000000009" + "000000000000012c" + "0123456789abcdef".repeat(4) + crc(type)
                    + "00".repeat(60);
            assertThat(HexFormat.of().formatHex(bytes.array())).isEqualTo(golden);
            assertThat(RecordHeader.read(ByteBuffer.wrap(HexFormat.of().parseHex(golden)), 0, 7))
                    .contains(header);
        }
    }

    private static String crc(RecordHeader.Type type) {
        return switch (type) {
            case BLOB -> GOLDEN.get(0);
            case OWN_FILE -> GOLDEN.get(1);
            case TOMBSTONES -> GOLDEN.get(2);
        };
    }
}

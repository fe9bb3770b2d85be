package org.archipelago.node.dicom.pixel;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.PlainBytes;

/**
 * A lookup table with its descriptor (PS3.3 §C.11.1.1): entries, first value mapped, bits of an entry.
 *
 * @param entries unsigned
 */
record Lut(int first, int bits, int[] entries) {
    private static final int MAX_ENTRIES = 1 << 16;

    /** Empty when the tables are missing or do not fit their descriptor. */
    static Optional<Lut> of(
            AttributeSet set, int descriptorTag, int dataTag, SeekableByteChannel plain, boolean bigEndian)
            throws IOException {
        List<Integer> descriptor = numbers(set, descriptorTag);
        Attribute data = set.get(dataTag).orElse(null);
        if (descriptor.size() < 3 || data == null || data.isEmpty()) {
            return Optional.empty();
        }
        int count = (descriptor.get(0) & 0xFFFF) == 0 ? MAX_ENTRIES : descriptor.get(0) & 0xFFFF;
        int[] entries = entries(data, count, plain, bigEndian);
        return entries.length == count
                ? Optional.of(new Lut(descriptor.get(1), Math.max(8, Math.min(16, descriptor.get(2))), entries))
                : Optional.empty();
    }

    private static List<Integer> numbers(AttributeSet set, int tag) {
        return set.get(tag).map(Attribute::values).orElse(List.of()).stream()
                .map(value -> value instanceof Value.Numeric(java.math.BigDecimal number) ? number.intValue() : 0)
                .toList();
    }

    private static int[] entries(Attribute data, int count, SeekableByteChannel plain, boolean bigEndian)
            throws IOException {
        byte[] bytes = switch (data.values().getFirst()) {
            case Value.Inline(byte[] inline) -> inline;
            case Value.Bulk(long offset, long length) ->
                length < 0 || length > 2L * MAX_ENTRIES
                        ? new byte[0]
                        : inLittleEndian(data.vr(), PlainBytes.read(plain, offset, (int) length), bigEndian);
            case Value.Numeric _ -> words(data);
            case Value.Text _, Value.Name _, Value.Item _ -> new byte[0];
        };
        // Entries of 8 bits may be packed two to a word.
        boolean packed = bytes.length < 2 * count && bytes.length >= count;
        int[] entries = new int[packed ? count : Math.min(count, bytes.length / 2)];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = packed ? bytes[i] & 0xFF : bytes[2 * i] & 0xFF | (bytes[2 * i + 1] & 0xFF) << 8;
        }
        return entries;
    }

    private static byte[] inLittleEndian(Vr vr, byte[] bytes, boolean bigEndian) {
        return bigEndian ? PlainBytes.littleEndian(vr, bytes) : bytes;
    }

    private static byte[] words(Attribute data) {
        byte[] bytes = new byte[data.values().size() * 2];
        for (int i = 0; i < data.values().size(); i++) {
            int word =
                    data.values().get(i) instanceof Value.Numeric(java.math.BigDecimal number) ? number.intValue() : 0;
            bytes[2 * i] = (byte) word;
            bytes[2 * i + 1] = (byte) (word >> 8);
        }
        return bytes;
    }

    /** Values outside of the table take its first or last entry. */
    int at(int value) {
        return entries[Math.clamp((long) value - first, 0, entries.length - 1)];
    }

    /** All entries as 8 bits. Some tables that claim 16 bits hold only 8. */
    int[] shades() {
        int top = java.util.Arrays.stream(entries).max().orElse(0);
        return java.util.Arrays.stream(entries)
                .map(entry -> top > 0xFF ? entry >>> Math.max(0, (bits > 8 ? bits : 16) - 8) & 0xFF : entry & 0xFF)
                .toArray();
    }
}

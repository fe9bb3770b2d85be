package org.archipelago.node.dicom.dataset;

import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** Where the fragments of encapsulated pixel data are (PS3.5 §A.4), in the order of the stream; 12 bytes of memory each. */
public final class FragmentIndex {
    private final long[] offsets;
    private final int[] lengths;

    private FragmentIndex(long[] offsets, int[] lengths) {
        this.offsets = offsets;
        this.lengths = lengths;
    }

    /** Items in the stream, the first of which is the Basic Offset Table; 0 when the stream has none at all. */
    public int size() {
        return offsets.length;
    }

    /** Offset of the fragment's first byte, after its item header. */
    public long offset(int index) {
        return offsets[index];
    }

    public long length(int index) {
        return lengths[index] & 0xFFFFFFFFL;
    }

    static final class Builder {
        private final int max;
        private long[] offsets = new long[16];
        private int[] lengths = new int[16];
        private int size;

        Builder(int max) {
            this.max = max;
        }

        void add(long offset, long length) {
            if (size == max) {
                throw new ArchiveException(ArchiveError.DATASET_LIMIT, "fragments");
            }
            if (size == offsets.length) {
                offsets = Arrays.copyOf(offsets, size * 2);
                lengths = Arrays.copyOf(lengths, size * 2);
            }
            offsets[size] = offset;
            lengths[size++] = (int) length;
        }

        FragmentIndex build() {
            return new FragmentIndex(Arrays.copyOf(offsets, size), Arrays.copyOf(lengths, size));
        }
    }
}

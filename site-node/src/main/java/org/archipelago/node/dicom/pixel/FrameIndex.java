package org.archipelago.node.dicom.pixel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.node.dicom.dataset.FragmentIndex;
import org.archipelago.node.dicom.dataset.PlainBytes;

/**
 * Which fragments make which frame (PS3.5 §A.4): one each where the counts agree; else by the Extended or Basic Offset Table;
 * else by the markers that begin a codestream.
 */
final class FrameIndex {
    private static final int EXTENDED_OFFSET_TABLE = 0x7FE00001;
    private static final int MAX_TABLE_BYTES = 64 << 20;

    private final FragmentIndex fragments;
    /** Of each frame, its first fragment; one more entry for the end. */
    private final int[] firstFragment;

    private FrameIndex(FragmentIndex fragments, int[] firstFragment) {
        this.fragments = fragments;
        this.firstFragment = firstFragment;
    }

    /** @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED when frames cannot be told apart */
    static FrameIndex of(SeekableByteChannel plain, FragmentIndex fragments, AttributeSet header, int frames)
            throws IOException {
        int data = fragments.size() - 1;
        if (data < frames) {
            throw ImageDescription.failed("fewer fragments than frames");
        }
        int[] first = null;
        if (data == frames) {
            first = new int[frames + 1];
            Arrays.setAll(first, i -> i + 1);
        } else if (frames == 1) {
            first = new int[] {1, data + 1};
        }
        if (first == null) {
            first = fromOffsets(fragments, extendedOffsets(plain, header), frames);
        }
        if (first == null) {
            first = fromOffsets(fragments, basicOffsets(plain, fragments), frames);
        }
        if (first == null) {
            first = fromMarkers(plain, fragments, frames);
        }
        return new FrameIndex(fragments, first);
    }

    private static long[] basicOffsets(SeekableByteChannel plain, FragmentIndex fragments) throws IOException {
        long length = fragments.length(0);
        if (length > MAX_TABLE_BYTES) {
            return new long[0];
        }
        ByteBuffer table = ByteBuffer.wrap(PlainBytes.read(plain, fragments.offset(0), (int) length))
                .order(ByteOrder.LITTLE_ENDIAN);
        long[] offsets = new long[(int) length / Integer.BYTES];
        Arrays.setAll(offsets, i -> table.getInt(i * Integer.BYTES) & 0xFFFFFFFFL);
        return offsets;
    }

    private static long[] extendedOffsets(SeekableByteChannel plain, AttributeSet header) throws IOException {
        Value value = header.get(EXTENDED_OFFSET_TABLE)
                .flatMap(attribute -> attribute.values().stream().findFirst())
                .orElse(new Value.Inline(new byte[0]));
        byte[] bytes = switch (value) {
            case Value.Inline(byte[] inline) -> inline;
            case Value.Bulk(long offset, long length) ->
                length < 0 || length > MAX_TABLE_BYTES ? new byte[0] : PlainBytes.read(plain, offset, (int) length);
            case Value.Text _, Value.Name _, Value.Numeric _, Value.Item _ -> new byte[0];
        };
        ByteBuffer table = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long[] offsets = new long[bytes.length / Long.BYTES];
        Arrays.setAll(offsets, i -> table.getLong(i * Long.BYTES));
        return offsets;
    }

    /** Offsets count from the first fragment's item tag; null when they do not meet items in order. */
    private static int @org.jspecify.annotations.Nullable [] fromOffsets(
            FragmentIndex fragments, long[] offsets, int frames) {
        if (offsets.length != frames || offsets[0] != 0) {
            return null;
        }
        long base = fragments.offset(1);
        int[] first = new int[frames + 1];
        int fragment = 1;
        for (int frame = 0; frame < frames; frame++) {
            while (fragment < fragments.size() && fragments.offset(fragment) - base < offsets[frame]) {
                fragment++;
            }
            boolean met = fragment < fragments.size() && fragments.offset(fragment) - base == offsets[frame];
            if (!met || frame > 0 && fragment == first[frame - 1]) {
                return null;
            }
            first[frame] = fragment;
        }
        first[frames] = fragments.size();
        return first;
    }

    private static int[] fromMarkers(SeekableByteChannel plain, FragmentIndex fragments, int frames)
            throws IOException {
        int[] first = new int[frames + 1];
        int found = 0;
        for (int fragment = 1; fragment < fragments.size(); fragment++) {
            if (fragments.length(fragment) >= 2 && isStart(PlainBytes.read(plain, fragments.offset(fragment), 2))) {
                if (found == frames) {
                    throw ImageDescription.failed("more codestreams than frames");
                }
                first[found++] = fragment;
            }
        }
        if (found != frames || first[0] != 1) {
            throw ImageDescription.failed("frames cannot be told apart");
        }
        first[frames] = fragments.size();
        return first;
    }

    private static boolean isStart(byte[] bytes) {
        return bytes[0] == (byte) 0xFF && (bytes[1] == (byte) 0xD8 || bytes[1] == 0x4F);
    }

    /** The codestream, and its longest fragment beside it at most as long. */
    long memoryBytes(int frame) {
        return 2 * lengthBytes(frame);
    }

    private long lengthBytes(int frame) {
        long length = 0;
        for (int i = firstFragment[frame]; i < firstFragment[frame + 1]; i++) {
            length += fragments.length(i);
        }
        return length;
    }

    /** The frame's codestream; its last byte may be padding. */
    byte[] read(SeekableByteChannel plain, int frame) throws IOException {
        long length = lengthBytes(frame);
        if (length > ImageDescription.MAX_FRAME_BYTES) {
            throw ImageDescription.failed("frame size");
        }
        byte[] bytes = new byte[(int) length];
        int at = 0;
        for (int i = firstFragment[frame]; i < firstFragment[frame + 1]; i++) {
            int n = (int) fragments.length(i);
            System.arraycopy(PlainBytes.read(plain, fragments.offset(i), n), 0, bytes, at, n);
            at += n;
        }
        return bytes;
    }
}

package org.archipelago.query.header;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;

/** Headers in memory, bounded by what they take there; the one used least lately goes first. Thread-safe. */
public final class HeaderCache {
    /** A header that takes more than this part of the whole is not kept: it would drive out too many others. */
    private static final int LEAST_HEADERS = 16;
    /** What an element or item takes besides its values: entry, attribute, list, value, with their object headers. */
    private static final int ELEMENT_BYTES = 200;
    /** What a value takes besides its text: objects and its place in the list; a name has three texts. */
    private static final int VALUE_BYTES = 72;

    private static final int NAME_BYTES = 200;

    private final long maxBytes;
    private final LinkedHashMap<Name, Kept> kept = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    private record Name(StudyCopyId study, VersionId version) {}

    private record Kept(AttributeSet header, long bytes) {}

    /** @param maxBytes of heap, by estimate */
    public HeaderCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    public void put(StudyCopyId study, VersionId version, AttributeSet header) {
        long size = sizeBytes(header);
        if (size > maxBytes / LEAST_HEADERS) {
            return;
        }
        synchronized (kept) {
            Kept before = kept.put(new Name(study, version), new Kept(header, size));
            bytes += size - (before == null ? 0 : before.bytes);
            while (bytes > maxBytes) {
                bytes -= kept.pollFirstEntry().getValue().bytes;
            }
        }
    }

    public Optional<AttributeSet> get(StudyCopyId study, VersionId version) {
        synchronized (kept) {
            return Optional.ofNullable(kept.get(new Name(study, version))).map(Kept::header);
        }
    }

    /** As {@link #get}, and forgets it. */
    public Optional<AttributeSet> take(StudyCopyId study, VersionId version) {
        synchronized (kept) {
            Kept taken = kept.remove(new Name(study, version));
            bytes -= taken == null ? 0 : taken.bytes;
            return Optional.ofNullable(taken).map(Kept::header);
        }
    }

    void forget(StudyCopyId study) {
        synchronized (kept) {
            kept.entrySet().removeIf(entry -> {
                boolean gone = entry.getKey().study().equals(study);
                bytes -= gone ? entry.getValue().bytes : 0;
                return gone;
            });
        }
    }

    /** Of the heap, by estimate. */
    public static long sizeBytes(AttributeSet header) {
        long sum = ELEMENT_BYTES;
        for (Map.Entry<Integer, Attribute> entry : header.attributes().entrySet()) {
            sum += ELEMENT_BYTES;
            for (Value value : entry.getValue().values()) {
                sum += sizeBytes(value);
            }
        }
        return sum;
    }

    private static long sizeBytes(Value value) {
        return switch (value) {
            case Value.Text(String text) -> VALUE_BYTES + text.length() * 2L;
            case Value.Name(var name) ->
                NAME_BYTES
                        + 2L
                                * (name.alphabetic().length()
                                        + name.ideographic().length()
                                        + name.phonetic().length());
            case Value.Numeric _, Value.Bulk _ -> VALUE_BYTES;
            case Value.Inline(byte[] octets) -> VALUE_BYTES + octets.length;
            case Value.Item(AttributeSet item) -> sizeBytes(item);
        };
    }
}

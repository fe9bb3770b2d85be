package org.archipelago.query.header;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.VersionId;

/**
 * Headers of a series as bytes: the first whole, the others as what differs from it, since most does not, each with its
 * length so that a reader can step over it. Derived data: {@link HeaderSegments#FORMAT} changes with it, and files of
 * another format are made again from the blobs.
 */
final class HeaderCodec {
    private static final Map<Integer, Vr> VRS = new HashMap<>();

    static {
        for (Vr vr : Vr.values()) {
            VRS.put(code(vr), vr);
        }
    }

    private HeaderCodec() {}

    /** Its two letters, as in a data set (PS3.5 §7.1.2). */
    private static int code(Vr vr) {
        return vr.name().charAt(0) << Byte.SIZE | vr.name().charAt(1);
    }

    static byte[] encode(Map<VersionId, AttributeSet> headers) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(headers.size());
            Map<Integer, byte[]> base = Map.of();
            boolean first = true;
            for (Map.Entry<VersionId, AttributeSet> header : headers.entrySet()) {
                Map<Integer, byte[]> own = encoded(header.getValue());
                ByteArrayOutputStream difference = new ByteArrayOutputStream();
                writeDifference(new DataOutputStream(difference), base, own);
                out.writeUTF(header.getKey().value());
                out.writeInt(difference.size());
                difference.writeTo(out);
                base = first ? own : base;
                first = false;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Map<Integer, byte[]> encoded(AttributeSet header) throws IOException {
        Map<Integer, byte[]> attributes = new LinkedHashMap<>();
        for (Map.Entry<Integer, Attribute> entry : header.attributes().entrySet()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            write(new DataOutputStream(bytes), entry.getValue());
            attributes.put(entry.getKey(), bytes.toByteArray());
        }
        return attributes;
    }

    private static void writeDifference(DataOutputStream out, Map<Integer, byte[]> base, Map<Integer, byte[]> own)
            throws IOException {
        List<Integer> removed =
                base.keySet().stream().filter(tag -> !own.containsKey(tag)).toList();
        out.writeInt(removed.size());
        for (int tag : removed) {
            out.writeInt(tag);
        }
        List<Map.Entry<Integer, byte[]>> changed = own.entrySet().stream()
                .filter(e -> !Arrays.equals(e.getValue(), base.get(e.getKey())))
                .toList();
        out.writeInt(changed.size());
        for (Map.Entry<Integer, byte[]> attribute : changed) {
            out.writeInt(attribute.getKey());
            out.write(attribute.getValue());
        }
    }

    private static void write(DataOutputStream out, Attribute attribute) throws IOException {
        out.writeShort(code(attribute.vr()));
        out.writeInt(attribute.values().size());
        for (Value value : attribute.values()) {
            switch (value) {
                case Value.Text text -> {
                    out.writeByte('t');
                    writeText(out, text.text());
                }
                case Value.Numeric numeric -> {
                    out.writeByte('n');
                    writeText(out, numeric.number().toString());
                }
                case Value.Name name -> {
                    out.writeByte('p');
                    writeText(out, name.name().alphabetic());
                    writeText(out, name.name().ideographic());
                    writeText(out, name.name().phonetic());
                }
                case Value.Item item -> {
                    out.writeByte('i');
                    out.writeInt(item.attributes().size());
                    for (Map.Entry<Integer, Attribute> entry :
                            item.attributes().attributes().entrySet()) {
                        out.writeInt(entry.getKey());
                        write(out, entry.getValue());
                    }
                }
                case Value.Inline inline -> {
                    out.writeByte('b');
                    out.writeInt(inline.bytes().length);
                    out.write(inline.bytes());
                }
                case Value.Bulk bulk -> {
                    out.writeByte('l');
                    out.writeLong(bulk.offsetBytes());
                    out.writeLong(bulk.lengthBytes());
                }
            }
        }
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * @param wanted of them; the others are stepped over
     * @throws IOException when the bytes are no headers
     */
    static Map<VersionId, AttributeSet> decode(byte[] bytes, Set<VersionId> wanted) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int count = in.readInt();
        Map<VersionId, AttributeSet> headers = new LinkedHashMap<>();
        TreeMap<Integer, Attribute> base = new TreeMap<>(Integer::compareUnsigned);
        for (int i = 0; i < count; i++) {
            VersionId version = new VersionId(in.readUTF());
            int length = in.readInt();
            if (i > 0 && !wanted.contains(version)) {
                in.skipNBytes(length);
                continue;
            }
            TreeMap<Integer, Attribute> own = readDifference(in, base);
            base = i == 0 ? own : base;
            if (wanted.contains(version)) {
                headers.put(version, new AttributeSet(own));
            }
        }
        return headers;
    }

    private static TreeMap<Integer, Attribute> readDifference(DataInputStream in, TreeMap<Integer, Attribute> base)
            throws IOException {
        TreeMap<Integer, Attribute> own = new TreeMap<>(base);
        for (int removed = in.readInt(); removed > 0; removed--) {
            own.remove(in.readInt());
        }
        for (int changed = in.readInt(); changed > 0; changed--) {
            own.put(in.readInt(), readAttribute(in));
        }
        return own;
    }

    private static Attribute readAttribute(DataInputStream in) throws IOException {
        Vr vr = VRS.get(in.readUnsignedShort());
        if (vr == null) {
            throw new IOException("no header");
        }
        int count = in.readInt();
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(readValue(in));
        }
        return new Attribute(vr, values);
    }

    private static Value readValue(DataInputStream in) throws IOException {
        return switch (in.readByte()) {
            case 't' -> new Value.Text(readText(in));
            case 'n' -> new Value.Numeric(new BigDecimal(readText(in)));
            case 'p' -> new Value.Name(new PersonName(readText(in), readText(in), readText(in)));
            case 'i' -> {
                Map<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
                for (int left = in.readInt(); left > 0; left--) {
                    attributes.put(in.readInt(), readAttribute(in));
                }
                yield new Value.Item(AttributeSet.of(attributes));
            }
            case 'b' -> new Value.Inline(in.readNBytes(in.readInt()));
            case 'l' -> new Value.Bulk(in.readLong(), in.readLong());
            default -> throw new IOException("no header");
        };
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}

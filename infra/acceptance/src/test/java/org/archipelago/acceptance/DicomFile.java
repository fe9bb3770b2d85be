package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file of DICOM, taken apart by the tests' own few lines and not by the node's toolkit, so that a defect there cannot
 * hide itself.
 *
 * @param dataset everything behind the file meta information, untouched
 */
record DicomFile(
        String name,
        String transferSyntax,
        String sopClass,
        String sopInstance,
        String studyInstance,
        String seriesInstance,
        byte[] dataset) {
    static final String IMPLICIT = "1.2.840.10008.1.2";
    static final String EXPLICIT = "1.2.840.10008.1.2.1";
    static final String BIG_ENDIAN = "1.2.840.10008.1.2.2";
    private static final String SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
    private static final int PREAMBLE = 128;
    private static final int ITEM = 0xFFFEE000;
    private static final int ITEM_END = 0xFFFEE00D;
    private static final int SEQUENCE_END = 0xFFFEE0DD;

    static DicomFile read(Path file) {
        try {
            return of(file.getFileName().toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static DicomFile of(String name, byte[] bytes) {
        boolean part10 =
                bytes.length > PREAMBLE + 4 && new String(bytes, PREAMBLE, 4, StandardCharsets.US_ASCII).equals("DICM");
        int start = part10 ? PREAMBLE + 4 : 0;
        Map<Integer, String> meta = new TreeMap<>();
        int at = start;
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (at + 8 <= bytes.length && buffer.getShort(at) == 2) {
            Element element = Element.read(buffer, at, true);
            if (element.valueLength < 0 || element.end() > bytes.length) {
                break;
            }
            meta.put(element.tag, element.text(buffer));
            at = element.end();
        }
        byte[] dataset = Arrays.copyOfRange(bytes, at, bytes.length);
        String syntax = meta.getOrDefault(0x00020010, guessedSyntax(dataset));
        Map<Integer, String> header = header(dataset, syntax);
        return new DicomFile(
                name,
                syntax,
                first(header.get(0x00080016), meta.get(0x00020002), SECONDARY_CAPTURE),
                first(header.get(0x00080018), meta.get(0x00020003), derivedUid(dataset)),
                header.getOrDefault(0x0020000D, ""),
                header.getOrDefault(0x0020000E, ""),
                dataset);
    }

    /** As it came in a C-STORE request. */
    static DicomFile received(String sopClass, String sopInstance, String transferSyntax, byte[] dataset) {
        Map<Integer, String> header = header(dataset, transferSyntax);
        return new DicomFile(
                sopInstance,
                transferSyntax,
                sopClass,
                sopInstance,
                header.getOrDefault(0x0020000D, ""),
                header.getOrDefault(0x0020000E, ""),
                dataset);
    }

    /** Values of the top level up to group 0020 by tag, in Latin-1; as far as they can be read. */
    Map<Integer, String> header() {
        return header(dataset, transferSyntax);
    }

    String sha256() {
        return sha256(dataset);
    }

    /** As a file, with just the meta information that it needs (PS3.10 §7.1). */
    byte[] part10() {
        java.io.ByteArrayOutputStream meta = new java.io.ByteArrayOutputStream();
        meta.writeBytes(new byte[] {2, 0, 1, 0, 'O', 'B', 0, 0, 2, 0, 0, 0, 0, 1});
        metaUid(meta, 0x0002, sopClass);
        metaUid(meta, 0x0003, sopInstance);
        metaUid(meta, 0x0010, transferSyntax);
        ByteBuffer file = ByteBuffer.allocate(PREAMBLE + 4 + 12 + meta.size() + dataset.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        file.position(PREAMBLE).put(new byte[] {'D', 'I', 'C', 'M', 2, 0, 0, 0, 'U', 'L', 4, 0});
        return file.putInt(meta.size()).put(meta.toByteArray()).put(dataset).array();
    }

    private static void metaUid(java.io.ByteArrayOutputStream meta, int element, String uid) {
        byte[] value = (uid.length() % 2 == 0 ? uid : uid + "\0").getBytes(StandardCharsets.US_ASCII);
        meta.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 2)
                .putShort((short) element)
                .put((byte) 'U')
                .put((byte) 'I')
                .putShort((short) value.length)
                .array());
        meta.writeBytes(value);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** UIDs of the top level up to group 0020; as far as they can be read. */
    private static Map<Integer, String> header(byte[] dataset, String syntax) {
        Map<Integer, String> found = new TreeMap<>();
        if (syntax.startsWith("1.2.840.10008.1.2.1.99") || syntax.startsWith("1.2.840.10008.1.2.8")) {
            return inflatedHeader(dataset, syntax);
        }
        ByteBuffer buffer = ByteBuffer.wrap(dataset)
                .order(syntax.equals(BIG_ENDIAN) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        boolean explicitVr = !syntax.equals(IMPLICIT) && hasVr(dataset);
        int at = 0;
        while (at + 8 <= dataset.length) {
            Element element = Element.read(buffer, at, explicitVr);
            if (Integer.compareUnsigned(element.tag, 0x0020000E) > 0 || element.tag == 0) {
                break;
            }
            boolean explicit = explicitVr && !(element.valueLength < 0 && element.isUnknown(buffer));
            int end = element.valueLength < 0 ? Element.afterUndefined(buffer, element, explicit) : element.end();
            if (end < 0 || end > dataset.length) {
                break;
            }
            if (element.valueLength >= 0 && element.valueLength <= 256) {
                found.put(element.tag, element.text(buffer));
            }
            at = end;
        }
        return found;
    }

    private static Map<Integer, String> inflatedHeader(byte[] dataset, String syntax) {
        if (!syntax.startsWith("1.2.840.10008.1.2.1.99")) {
            return header(dataset, EXPLICIT);
        }
        java.util.zip.Inflater inflater = new java.util.zip.Inflater(true);
        try {
            inflater.setInput(dataset);
            byte[] head = new byte[1 << 20];
            int length = inflater.inflate(head);
            return header(Arrays.copyOf(head, length), EXPLICIT);
        } catch (java.util.zip.DataFormatException e) {
            return Map.of();
        } finally {
            inflater.end();
        }
    }

    private static String guessedSyntax(byte[] dataset) {
        if (dataset.length < 8) {
            return IMPLICIT;
        }
        if (!hasVr(dataset)) {
            return IMPLICIT;
        }
        return dataset[0] == 0 ? BIG_ENDIAN : EXPLICIT;
    }

    /** Whether it begins with an element in Explicit VR; some files that say so do not. */
    private static boolean hasVr(byte[] dataset) {
        return dataset.length >= 6 && isLetter(dataset[4]) && isLetter(dataset[5]);
    }

    private static boolean isLetter(byte value) {
        return value >= 'A' && value <= 'Z';
    }

    private static String first(String... candidates) {
        return Arrays.stream(candidates)
                .filter(text -> text != null && !text.isEmpty())
                .findFirst()
                .orElseThrow();
    }

    private static String derivedUid(byte[] dataset) {
        return "2.25." + new BigInteger(sha256(dataset).substring(0, 30), 16);
    }

    /** One element's place; a length below zero is undefined (PS3.5 §7.1). */
    private record Element(int tag, int valueAt, long valueLength) {
        static Element read(ByteBuffer buffer, int at, boolean explicit) {
            int tag = tag(buffer, at);
            if (!explicit) {
                return new Element(tag, at + 8, length(buffer.getInt(at + 4)));
            }
            String vr = new String(new byte[] {buffer.get(at + 4), buffer.get(at + 5)}, StandardCharsets.US_ASCII);
            boolean isLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV".contains(vr);
            if (isLong && at + 12 <= buffer.limit()) {
                return new Element(tag, at + 12, length(buffer.getInt(at + 8)));
            }
            return new Element(tag, at + 8, buffer.getShort(at + 6) & 0xFFFF);
        }

        /** The end of an element of undefined length (PS3.5 §7.5, §A.4), or -1 if it has none. */
        static int afterUndefined(ByteBuffer buffer, Element element, boolean explicit) {
            int at = element.valueAt;
            while (at >= 0 && at + 8 <= buffer.limit()) {
                int tag = tag(buffer, at);
                long length = length(buffer.getInt(at + 4));
                if (tag == SEQUENCE_END) {
                    return at + 8;
                }
                if (tag != ITEM) {
                    return -1;
                }
                at = length >= 0
                        ? (int) Math.min(Integer.MAX_VALUE, at + 8 + length)
                        : afterItem(buffer, at + 8, explicit);
            }
            return -1;
        }

        private static int afterItem(ByteBuffer buffer, int start, boolean explicit) {
            int at = start;
            while (at >= 0 && at + 8 <= buffer.limit()) {
                if (tag(buffer, at) == ITEM_END) {
                    return at + 8;
                }
                Element element = read(buffer, at, explicit);
                at = element.valueLength >= 0
                        ? element.end()
                        : afterUndefined(buffer, element, explicit && !element.isUnknown(buffer));
            }
            return -1;
        }

        /** An unknown VR of undefined length holds a sequence in Implicit VR (PS3.5 §6.2.2). */
        boolean isUnknown(ByteBuffer buffer) {
            return buffer.get(valueAt - 8) == 'U' && buffer.get(valueAt - 7) == 'N';
        }

        private static int tag(ByteBuffer buffer, int at) {
            return (buffer.getShort(at) & 0xFFFF) << 16 | buffer.getShort(at + 2) & 0xFFFF;
        }

        private static long length(int raw) {
            return raw == -1 ? -1 : raw & 0xFFFFFFFFL;
        }

        int end() {
            return (int) Math.min(Integer.MAX_VALUE, valueAt + valueLength);
        }

        String text(ByteBuffer buffer) {
            byte[] value = new byte[(int) Math.min(valueLength, buffer.limit() - valueAt)];
            buffer.get(valueAt, value);
            return new String(value, StandardCharsets.ISO_8859_1)
                    .replace("\0", "")
                    .strip();
        }
    }
}

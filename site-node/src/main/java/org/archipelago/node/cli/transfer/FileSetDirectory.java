package org.archipelago.node.cli.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A DICOMDIR (PS3.3 Annex F): the files that its records refer to. Always Explicit VR Little Endian (PS3.10 §8.6). */
final class FileSetDirectory {
    private static final long MAX_BYTES = 256L << 20;
    private static final int MAX_DEPTH = 8;
    private static final int REFERENCED_FILE_ID = 0x00041500;
    private static final String LONG_FORM = "OB OD OF OL OV OW SV UC UN UR UT UV";

    private FileSetDirectory() {}

    static boolean is(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (var in = Files.newInputStream(file)) {
            return FileHeader.read(in).sopClassUid().equals(FileHeader.DIRECTORY);
        } catch (FileHeader.NotDicomException _) {
            return false;
        }
    }

    /** Paths below the directory's own folder; a file ID that leads out of it is an error (PS3.10 §8.2). */
    static List<Path> references(Path directory) throws IOException {
        if (Files.size(directory) > MAX_BYTES) {
            throw new IOException(directory + " is larger than " + MAX_BYTES + " bytes");
        }
        byte[] bytes = Files.readAllBytes(directory);
        long start;
        try (var in = Files.newInputStream(directory)) {
            start = FileHeader.read(in).datasetAt();
        } catch (FileHeader.NotDicomException e) {
            throw new IOException(directory + ": " + e.getMessage(), e);
        }
        ByteBuffer buffer =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position((int) start);
        Path folder =
                Objects.requireNonNull(directory.toAbsolutePath().normalize().getParent());
        List<Path> found = new ArrayList<>();
        while (buffer.remaining() >= 8) {
            int tag = (buffer.getShort() & 0xFFFF) << 16 | buffer.getShort() & 0xFFFF;
            readElement(tag, buffer, folder, found);
        }
        return found;
    }

    /** Items and sequences are entered, not skipped: what they hold is read as if it stood at the top. */
    private static void readElement(int tag, ByteBuffer buffer, Path folder, List<Path> found) throws IOException {
        if (tag >>> 16 == 0xFFFE) {
            buffer.getInt();
            return;
        }
        String vr = new String(new byte[] {buffer.get(), buffer.get()}, StandardCharsets.US_ASCII);
        long length = buffer.getShort() & 0xFFFF;
        if (vr.equals("SQ") || LONG_FORM.contains(vr)) {
            if (buffer.remaining() < 4) {
                throw new IOException("the DICOMDIR is cut off");
            }
            length = buffer.getInt() & 0xFFFFFFFFL;
        }
        if (vr.equals("SQ")) {
            return;
        }
        if (length > buffer.remaining()) {
            throw new IOException("the DICOMDIR is damaged at element %08X".formatted(tag));
        }
        byte[] value = new byte[(int) length];
        buffer.get(value);
        if (tag == REFERENCED_FILE_ID) {
            found.add(resolve(folder, new String(value, StandardCharsets.US_ASCII)));
        }
    }

    private static Path resolve(Path folder, String fileId) throws IOException {
        String[] components = fileId.split("\\\\");
        Path path = folder;
        try {
            for (String component : components) {
                path = entry(path, component.strip());
            }
        } catch (InvalidPathException e) {
            throw new IOException("the DICOMDIR names a file that cannot be one", e);
        }
        if (components.length > MAX_DEPTH || !path.normalize().startsWith(folder)) {
            throw new IOException("the DICOMDIR names a file outside its own folder");
        }
        return path;
    }

    /** File IDs are upper case (PS3.10 §8.5); copies of media often are not. */
    private static Path entry(Path folder, String name) throws IOException {
        Path exact = folder.resolve(name);
        if (Files.exists(exact) || !Files.isDirectory(folder)) {
            return exact;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().equalsIgnoreCase(name))
                    .findFirst()
                    .orElse(exact);
        }
    }
}

package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.BlobId;

/**
 * Blobs with a file of their own: {@code objects/<first two digits>/<blob id>}. They grow as {@code incoming/<random>}, are
 * synced as {@code incoming/<blob id>}, and move once their record is durable; a restart ends what a crash left between.
 */
final class OwnFiles {
    private static final String BLOB_NAME = "[0-9a-f]{64}";

    private final Disk disk;
    private final Path incoming;
    private final Path objects;

    private OwnFiles(Disk disk, Path incoming, Path objects) {
        this.disk = disk;
        this.incoming = incoming;
        this.objects = objects;
    }

    static OwnFiles open(Disk disk, Path directory) throws IOException {
        OwnFiles files = new OwnFiles(disk, directory.resolve("incoming"), directory.resolve("objects"));
        disk.createDirectories(files.incoming);
        if (!Files.isDirectory(files.objects.resolve("ff"))) {
            for (int i = 0; i < 256; i++) {
                disk.createDirectories(files.objects.resolve("%02x".formatted(i)));
            }
        }
        return files;
    }

    Path newIncoming(SecureRandom random) {
        byte[] name = new byte[16];
        random.nextBytes(name);
        return incoming.resolve(HexFormat.of().formatHex(name));
    }

    private Path incoming(BlobId id) {
        return incoming.resolve(id.toString());
    }

    private Path path(BlobId id) {
        String name = id.toString();
        return objects.resolve(name.substring(0, 2)).resolve(name);
    }

    /** Gives a whole file the blob's name, under which a restart looks for it. */
    Path name(Path grown, BlobId id) throws IOException {
        Path named = incoming(id);
        disk.rename(grown, named);
        return named;
    }

    /** Durable with its name on return. */
    void sync(Disk.AppendFile named) throws IOException {
        named.sync();
        disk.syncDirectory(incoming);
    }

    /** Moves it to its place; the record that says so is durable. */
    void keep(BlobId id) throws IOException {
        Path place = path(id);
        disk.rename(incoming(id), place);
        disk.syncDirectory(parent(place));
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalStateException("inside the store");
        }
        return parent;
    }

    /** Empty when there is no such file. */
    Optional<FileChannel> read(BlobId id) throws IOException {
        // Moved from the second to the first between two looks, hence the third.
        for (Path path : List.of(path(id), incoming(id), path(id))) {
            try {
                return Optional.of(FileChannel.open(path, StandardOpenOption.READ));
            } catch (NoSuchFileException e) {
                continue;
            }
        }
        return Optional.empty();
    }

    boolean exists(BlobId id) {
        return Files.exists(path(id)) || Files.exists(incoming(id));
    }

    /** A file in its place. */
    record Kept(BlobId id, long lengthBytes) {}

    /** All files that are in their place. */
    List<Kept> all() throws IOException {
        List<Kept> kept = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(objects, 2)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                String name = path.getFileName().toString();
                if (name.matches(BLOB_NAME)) {
                    kept.add(new Kept(BlobId.parse(name), Files.size(path)));
                }
            }
        }
        return kept;
    }

    /** Durable on return. */
    void delete(BlobId id) throws IOException {
        Path place = path(id);
        disk.delete(incoming(id));
        disk.delete(place);
        disk.syncDirectory(parent(place));
    }

    /** After a restart: what has a record moves to its place, the rest was never acknowledged and goes. */
    void settle(BlobIndex index) throws IOException {
        List<Path> left;
        try (Stream<Path> paths = Files.list(incoming)) {
            left = paths.toList();
        }
        for (Path path : left) {
            String name = path.getFileName().toString();
            boolean kept = name.matches(BLOB_NAME)
                    && index.find(BlobId.parse(name)).filter(Location::own).isPresent();
            if (kept) {
                keep(BlobId.parse(name));
            } else {
                disk.delete(path);
            }
        }
        disk.syncDirectory(incoming);
    }
}

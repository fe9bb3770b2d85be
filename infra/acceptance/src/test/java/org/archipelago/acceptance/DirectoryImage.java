package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Directories and files in memory, to be laid down again and again. Immutable; nobody changes its arrays. */
record DirectoryImage(List<Path> directories, Map<Path, byte[]> files) {
    private static final Set<StandardOpenOption> NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /** @param leftOut names right below the directory */
    static DirectoryImage of(Path directory, List<String> leftOut) throws IOException {
        List<Path> directories = new ArrayList<>();
        Map<Path, byte[]> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.toList()) {
                Path name = directory.relativize(path);
                if (Files.isDirectory(path)) {
                    directories.add(name);
                } else if (!leftOut.contains(name.getName(0).toString())) {
                    files.put(name, Files.readAllBytes(path));
                }
            }
        }
        return new DirectoryImage(directories, files);
    }

    /** With other bytes in one of its files. */
    DirectoryImage with(Path file, byte[] bytes) {
        Map<Path, byte[]> changed = new TreeMap<>(files);
        changed.put(file, bytes);
        return new DirectoryImage(directories, changed);
    }

    /** In place of all that is there. */
    void layDown(Path target) throws IOException {
        if (Files.exists(target)) {
            try (Stream<Path> walk = Files.walk(target)) {
                for (Path path :
                        walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Path name = target.relativize(path);
                    // Most directories stay: making them is most of the work.
                    if (!Files.isDirectory(path)
                            || !(directories.contains(name) || name.toString().isEmpty())) {
                        Files.delete(path);
                    }
                }
            }
        }
        for (Path directory : directories) {
            Files.createDirectories(target.resolve(directory));
        }
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            try (FileChannel channel = FileChannel.open(target.resolve(file.getKey()), NEW, OWNER_ONLY)) {
                channel.write(ByteBuffer.wrap(file.getValue()));
            }
        }
    }
}

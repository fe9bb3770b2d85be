package org.archipelago.node.cli.transfer;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Finds the files to import in files, folders, ZIP archives and DICOMDIRs. Links are not followed into folders. What
 * cannot be used is kept with the reason, and the rest goes on.
 */
public final class ImportSources implements AutoCloseable {
    private final Limits limits;
    private final List<ZipFile> open = new ArrayList<>();
    private final List<SourceFile> found = new ArrayList<>();
    private final Map<String, String> unusable = new LinkedHashMap<>();

    /**
     * @param maxFiles in all
     * @param maxArchiveBytes what one ZIP may expand to
     */
    public record Limits(int maxFiles, long maxArchiveBytes) {
        public static final Limits DEFAULT = new Limits(5_000_000, 1L << 40);
    }

    public ImportSources(Limits limits) {
        this.limits = limits;
    }

    /** @throws TooManyFilesException more than the limit */
    public void add(Path path) {
        try {
            if (Files.isDirectory(path)) {
                addFolder(path);
            } else if (!Files.exists(path)) {
                unusable.put(path.toString(), "there is no such file or folder");
            } else if (FileSetDirectory.is(path)) {
                addFileSet(path);
            } else {
                addFile(path);
            }
        } catch (IOException e) {
            unusable.put(path.toString(), reason(e));
        }
    }

    public List<SourceFile> files() {
        return List.copyOf(found);
    }

    /** Names of what cannot be read at all, with the reasons. */
    public Map<String, String> unusable() {
        return Collections.unmodifiableMap(unusable);
    }

    @Override
    public void close() throws IOException {
        for (ZipFile zip : open) {
            zip.close();
        }
    }

    private void addFolder(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (Files.isRegularFile(file)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                unusable.put(file.toString(), reason(e));
                return FileVisitResult.CONTINUE;
            }
        });
        Collections.sort(files);
        for (Path file : files) {
            try {
                addFile(file);
            } catch (IOException e) {
                unusable.put(file.toString(), reason(e));
            }
        }
    }

    private void addFileSet(Path directory) throws IOException {
        for (Path reference : FileSetDirectory.references(directory)) {
            if (Files.isRegularFile(reference)) {
                keep(PlainFile.of(reference));
            } else {
                unusable.put(reference.toString(), directory + " refers to it, and it is not there");
            }
        }
    }

    private void addFile(Path file) throws IOException {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".zip")) {
            addArchive(file);
        } else {
            keep(PlainFile.of(file));
        }
    }

    private void addArchive(Path file) throws IOException {
        ZipFile zip = new ZipFile(file.toFile());
        open.add(zip);
        List<SourceFile> inside = new ArrayList<>();
        long bytes = 0;
        Enumeration<? extends ZipEntry> entries = zip.entries();
        while (entries.hasMoreElements()) {
            ZipEntry entry = entries.nextElement();
            String name = file + "!" + entry.getName();
            if (entry.isDirectory()) {
                continue;
            }
            if (entry.getSize() < 0) {
                unusable.put(name, "its archive does not say how long it is");
                continue;
            }
            bytes += entry.getSize();
            if (bytes > limits.maxArchiveBytes()) {
                throw new IOException("expands to more than " + limits.maxArchiveBytes()
                        + " bytes; unpack it, or raise --max-zip-bytes");
            }
            inside.add(new ArchiveFile(zip, entry, name));
        }
        inside.forEach(this::keep);
    }

    private void keep(SourceFile file) {
        if (found.size() >= limits.maxFiles()) {
            throw new TooManyFilesException(limits.maxFiles());
        }
        found.add(file);
    }

    private static String reason(IOException failure) {
        return switch (failure) {
            case ZipException _ -> "not a readable ZIP archive: " + failure.getMessage();
            case AccessDeniedException _ -> "access is denied";
            default -> String.valueOf(failure.getMessage());
        };
    }

    /** An import of this size is to be done in parts. */
    public static final class TooManyFilesException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyFilesException(int maxFiles) {
            super("More than " + maxFiles + " files; import them in parts.");
        }
    }
}

package org.archipelago.node.cli.transfer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Finds the files to import in files, folders, ZIP archives and DICOMDIRs. Links are not followed into folders. */
public final class ImportSources implements AutoCloseable {
    private final Limits limits;
    private final List<ZipFile> open = new ArrayList<>();
    private final List<SourceFile> found = new ArrayList<>();

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

    /** @throws IOException with a sentence that names the path and what is wrong with it */
    public void add(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> walk = Files.walk(path)) {
                for (Path file : walk.filter(Files::isRegularFile)
                        .sorted(Comparator.naturalOrder())
                        .toList()) {
                    addFile(file);
                }
            }
        } else if (!Files.exists(path)) {
            throw new IOException("There is no " + path + ".");
        } else if (FileSetDirectory.is(path)) {
            for (Path reference : FileSetDirectory.references(path)) {
                if (!Files.isRegularFile(reference)) {
                    throw new IOException(path + " refers to " + reference + ", which is not there.");
                }
                keep(PlainFile.of(reference));
            }
        } else {
            addFile(path);
        }
    }

    public List<SourceFile> files() {
        return List.copyOf(found);
    }

    @Override
    public void close() throws IOException {
        for (ZipFile zip : open) {
            zip.close();
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
        long bytes = 0;
        Enumeration<? extends ZipEntry> entries = zip.entries();
        while (entries.hasMoreElements()) {
            ZipEntry entry = entries.nextElement();
            if (!entry.isDirectory()) {
                if (entry.getSize() < 0) {
                    throw new IOException(file + " does not say how long " + entry.getName() + " is.");
                }
                bytes += entry.getSize();
                if (bytes > limits.maxArchiveBytes()) {
                    throw new IOException(file + " expands to more than " + limits.maxArchiveBytes()
                            + " bytes; unpack it, or raise --max-zip-bytes.");
                }
                keep(new ArchiveFile(zip, entry, file + "!" + entry.getName()));
            }
        }
    }

    private void keep(SourceFile file) throws IOException {
        if (found.size() >= limits.maxFiles()) {
            throw new IOException("More than " + limits.maxFiles() + " files; import them in parts.");
        }
        found.add(file);
    }
}

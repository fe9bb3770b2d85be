package org.archipelago.node.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;

/** Files to begin with: synthetic ones, and the real ones where they are. */
public final class Corpus {
    private static final long MOST_BYTES = 100_000;

    private Corpus() {}

    public static List<byte[]> files() {
        Phantoms phantoms = new Phantoms(1, LocalDate.of(2026, 5, 4));
        List<byte[]> files = new ArrayList<>();
        Stream.of(phantoms.headCt(1, 2, 32), phantoms.headMr(1, 1), phantoms.ultrasound(1, 1, 2), phantoms.pdf(1))
                .map(PhantomStudy::objects)
                .flatMap(objects -> objects.get())
                .map(PhantomObject::file)
                .forEach(files::add);
        files.addAll(real());
        return files;
    }

    private static List<byte[]> real() {
        Path directory = Path.of(System.getProperty("archipelago.data", "../../shared/data"), "dicom");
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<byte[]> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                if (Files.size(file) > 200
                        && Files.size(file) < MOST_BYTES
                        && !file.toString().endsWith(".tsv")) {
                    files.add(Files.readAllBytes(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }
}

package org.archipelago.node;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations.ExportResult;

/**
 * Writes studies to a directory, one file for each object. A file that has its name is whole and on disk; what an earlier
 * run wrote is read, and is written anew only where something else leaves by now: another version, or a correction. What
 * cannot be written is reported, and the rest goes on. Names are digests: no UID of a sender is ever part of a path.
 */
final class Export {
    private static final String MARK = "archipelago-export";
    /** They name and show patients. */
    private static final FileAttribute<?> OWNERS_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final FileAttribute<?> OWNERS_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<StandardOpenOption> ANEW =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    private static final String SUFFIX = ".dcm";
    private static final int NAME_CHARS = 24;
    private static final int MAX_FAILURES = 1_000;

    private final ExportSource source;
    private final Path target;
    private final boolean versions;
    private final Progress progress;
    private final List<String> quarantined = new ArrayList<>();
    private final Map<String, String> failures = new LinkedHashMap<>();
    private long total;
    private long reached;
    private long failed;
    private long written;
    private long skipped;
    private long replaced;
    private long erased;
    private long versionsLeftOut;
    private long quarantinedLeftOut;

    /** @param versions whether what does not leave by default is written, too */
    Export(ExportSource source, Path target, boolean versions, Progress progress) {
        this.source = source;
        this.target = target;
        this.versions = versions;
        this.progress = progress;
    }

    /**
     * @param wanted all studies when empty
     * @throws CommandFailure the target holds something else
     */
    ExportResult run(List<String> wanted) throws IOException {
        claim();
        List<String> studies = wanted.isEmpty() ? everything() : named(wanted);
        for (String study : studies) {
            export(study);
        }
        exportQuarantined();
        return new ExportResult(
                written, skipped, replaced, erased, versionsLeftOut, quarantinedLeftOut, failed, failures);
    }

    private void claim() throws IOException {
        Path mark = target.resolve(MARK);
        if (Files.exists(mark)) {
            if (!Files.readString(mark).strip().equals(source.site())) {
                throw new CommandFailure(target + " holds an export of another site; choose an empty directory.");
            }
            return;
        }
        Files.createDirectories(target, OWNERS_DIRECTORY);
        try (Stream<Path> entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new CommandFailure(
                        target + " is neither empty nor an export that was begun before; nothing was written to it.");
            }
        }
        Files.writeString(mark, source.site() + "\n");
    }

    private List<String> everything() {
        List<String> studies = new ArrayList<>();
        ExportSource.Page page = new ExportSource.Page(List.of(), 0, List.of(), -1, false, 0, Map.of());
        while (!page.end()) {
            page = source.page(page.last());
            studies.addAll(page.studies());
            erased += page.erased();
            page.unreadable().forEach(this::fail);
            quarantined.addAll(page.quarantined());
            total += page.objects() + (versions ? page.quarantined().size() : 0);
            progress.total(total);
        }
        return studies;
    }

    private List<String> named(List<String> wanted) {
        List<String> studies = new ArrayList<>();
        for (String study : wanted) {
            Optional<List<ExportSource.Kept>> objects = objects(study);
            if (objects.isPresent() && objects.get().isEmpty()) {
                fail(study, "there is no such study");
            } else if (objects.isPresent()) {
                studies.add(study);
                total += objects.get().stream().filter(this::isWanted).count();
            }
        }
        progress.total(total);
        return studies;
    }

    /** Empty when they cannot be told, which has been reported then. */
    private Optional<List<ExportSource.Kept>> objects(String study) {
        try {
            return Optional.of(source.objects(study));
        } catch (ArchiveException | IOException e) {
            fail(study, String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    private void export(String study) throws IOException {
        List<ExportSource.Kept> objects = objects(study).orElse(List.of());
        if (objects.isEmpty()) {
            return;
        }
        Path directory = Files.createDirectories(target.resolve("study-" + name(study)), OWNERS_DIRECTORY);
        boolean changed = false;
        for (ExportSource.Kept object : objects) {
            if (!isWanted(object)) {
                versionsLeftOut++;
                continue;
            }
            changed |= export(
                    study + " " + object.instance(),
                    directory.resolve(name(object)),
                    out -> source.write(study, object, out));
            advance();
        }
        if (changed) {
            sync(directory);
            sync(target);
        }
    }

    private void exportQuarantined() throws IOException {
        if (!versions || quarantined.isEmpty()) {
            quarantinedLeftOut = quarantined.size();
            return;
        }
        Path directory = Files.createDirectories(target.resolve("quarantined"), OWNERS_DIRECTORY);
        boolean changed = false;
        for (String id : quarantined) {
            changed |= export(
                    "quarantined object " + id,
                    directory.resolve(id + SUFFIX),
                    out -> source.writeQuarantined(id, out));
            advance();
        }
        if (changed) {
            sync(directory);
            sync(target);
        }
    }

    private boolean isWanted(ExportSource.Kept object) {
        return versions || object.isCurrent();
    }

    private void advance() {
        reached++;
        if (reached > total) {
            total = reached;
            progress.total(total);
        }
        progress.advance(1);
    }

    private interface Reading {
        void writeTo(OutputStream out) throws IOException;
    }

    /** @return whether a file was written */
    private boolean export(String what, Path file, Reading object) throws IOException {
        try {
            boolean isThere = Files.exists(file);
            if (isThere && isCurrent(file, object)) {
                skipped++;
                return false;
            }
            write(file, object);
            if (isThere) {
                replaced++;
            } else {
                written++;
            }
            return true;
        } catch (ArchiveException | IOException e) {
            fail(what, String.valueOf(e.getMessage()));
        }
        return false;
    }

    private static boolean isCurrent(Path file, Reading object) throws IOException {
        try (SameAsFile comparison = new SameAsFile(file)) {
            object.writeTo(comparison);
            return comparison.holdsAll();
        }
    }

    /** Under another name until all of it is on disk. */
    private static void write(Path file, Reading object) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (FileChannel channel = FileChannel.open(part, ANEW, OWNERS_FILE);
                OutputStream out = new BufferedOutputStream(new Target(Channels.newOutputStream(channel), part))) {
            object.writeTo(out);
            out.flush();
            channel.force(true);
        } catch (ArchiveException | IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void fail(String what, String why) {
        failed++;
        if (failures.size() < MAX_FAILURES) {
            failures.put(what, why);
        }
    }

    private static String name(ExportSource.Kept object) {
        return name(object.instance()) + (object.isCurrent() ? "" : "-version-" + object.version()) + SUFFIX;
    }

    private static String name(String uid) {
        return Digest.sha256(uid.getBytes(StandardCharsets.US_ASCII)).toString().substring(0, NAME_CHARS);
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** A target that cannot be written ends the whole export, not one object of it. */
    private static final class Target extends OutputStream {
        private final OutputStream out;
        private final Path file;

        Target(OutputStream out, Path file) {
            this.out = out;
            this.file = file;
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) {
            try {
                out.write(source, offset, length);
            } catch (IOException e) {
                throw new CommandFailure(
                        file + " cannot be written: " + e.getMessage() + ". Run the same command again to go on.");
            }
        }
    }
}

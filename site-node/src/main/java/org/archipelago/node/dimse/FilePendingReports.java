package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * One small sealed file per pending report, named by a random id. Written to the side, synced, renamed, and the
 * directory synced.
 */
public final class FilePendingReports implements PendingReports {
    private static final System.Logger LOG = System.getLogger(FilePendingReports.class.getName());
    private static final String SUFFIX = ".commitment";
    private static final String UNFINISHED = ".tmp";
    private static final String FORMAT = "archipelago-pending-report 1";
    private static final int LINES_BEFORE_REFERENCES = 6;

    private final Path directory;
    private final Sealing sealing;
    private final int maxReports;
    private final ReentrantLock lock = new ReentrantLock();

    /** Keeps UIDs from lying in clear on the disk. {@code open} throws a RuntimeException for bytes that it did not seal. */
    public interface Sealing {
        byte[] seal(byte[] plain);

        byte[] open(byte[] sealed);
    }

    /** @param directory made when missing; used by nothing else */
    public FilePendingReports(Path directory, Sealing sealing, int maxReports) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.sealing = sealing;
        this.maxReports = maxReports;
        dropUnfinished();
    }

    /** What a crash left behind was never promised to anyone. */
    private void dropUnfinished() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            for (Path side : all.filter(f -> f.getFileName().toString().endsWith(UNFINISHED))
                    .toList()) {
                Files.delete(side);
            }
        }
    }

    @Override
    public void persist(PendingReport report) {
        lock.lock();
        try {
            if (files().size() >= maxReports) {
                throw new ArchiveException(ArchiveError.OVERLOADED, "pending storage commitment reports");
            }
            Path side = directory.resolve(report.id() + UNFINISHED);
            try (FileChannel out = FileChannel.open(
                    side, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(sealing.seal(format(report).getBytes(StandardCharsets.UTF_8)));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(side, fileOf(report.id()), StandardCopyOption.ATOMIC_MOVE);
            syncDirectory();
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.INTERNAL, "pending storage commitment report", e);
        } finally {
            lock.unlock();
        }
    }

    /** Reports that cannot be read are left where they are and logged. */
    @Override
    public List<PendingReport> list() {
        lock.lock();
        try {
            List<PendingReport> reports = new ArrayList<>();
            for (Path file : files()) {
                try {
                    reports.add(parse(new String(sealing.open(Files.readAllBytes(file)), StandardCharsets.UTF_8)));
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.ERROR, "unreadable storage commitment report " + file.getFileName(), e);
                }
            }
            return reports;
        } catch (IOException e) {
            throw new UncheckedIOException("reading pending storage commitment reports", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void remove(UUID id) {
        lock.lock();
        try {
            if (Files.deleteIfExists(fileOf(id))) {
                syncDirectory();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("removing a pending storage commitment report", e);
        } finally {
            lock.unlock();
        }
    }

    private Path fileOf(UUID id) {
        return directory.resolve(id + SUFFIX);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(f -> f.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    private void syncDirectory() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static String format(PendingReport report) {
        StringBuilder text = new StringBuilder()
                .append(FORMAT)
                .append('\n')
                .append(report.id())
                .append('\n')
                .append(report.local())
                .append('\n')
                .append(report.remote())
                .append('\n')
                .append(report.remoteAddress())
                .append('\n')
                .append(report.acceptedAt())
                .append('\n')
                .append(report.transactionUid())
                .append('\n');
        report.references()
                .forEach(r -> text.append(r.sopClassUid())
                        .append(' ')
                        .append(r.sopInstanceUid())
                        .append('\n'));
        return text.toString();
    }

    private static PendingReport parse(String text) {
        List<String> lines = text.lines().toList();
        if (lines.size() <= LINES_BEFORE_REFERENCES || !lines.getFirst().equals(FORMAT)) {
            throw new IllegalArgumentException("not a pending report");
        }
        List<PendingReport.ReferencedInstance> references = lines.stream()
                .skip(LINES_BEFORE_REFERENCES + 1)
                .map(line -> line.split(" ", -1))
                .map(parts -> new PendingReport.ReferencedInstance(parts[0], parts[1]))
                .toList();
        return new PendingReport(
                UUID.fromString(lines.get(1)),
                new AeTitle(lines.get(2)),
                new AeTitle(lines.get(3)),
                lines.get(4),
                lines.get(6),
                references,
                Instant.parse(lines.get(5)));
    }
}

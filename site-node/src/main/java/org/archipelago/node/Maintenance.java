package org.archipelago.node;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.LogBackup;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.RecordContents;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.KeyStoreReport;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations.Verification;
import org.archipelago.node.configuration.Configuration;

/**
 * Verification, backup and restoring of one site. A backup is a directory with {@code log}, {@code blobs} (both useless
 * without keys) and {@code keys} with its own master key, to be kept apart.
 */
final class Maintenance {
    private static final String SITE_ID = "site-id";
    private static final String LOG = "log";
    private static final String KEYS = "keys";
    private static final String BLOBS = "blobs";
    private static final String MASTER_KEY = "keys-master.key";
    private static final int MAX_DEFECTS = 1_000;

    private Maintenance() {}

    /** The archive of a node that is not running. */
    static Archive offline(Configuration configuration, Clock clock) {
        if (!Files.exists(configuration.data().resolve(SITE_ID))) {
            throw new CommandFailure("There is no archive in " + configuration.data() + ".");
        }
        return Archive.open(configuration, clock, Comparison.configured(configuration), LogListener.NONE, () -> {});
    }

    /** Reads every record, key and blob. Goes on after what is damaged. */
    static Verification verify(Archive archive, Progress progress) {
        List<String> defects = new ArrayList<>();
        try {
            KeyStoreReport keys = archive.verifyKeys();
            keys.damaged().forEach(damaged -> note(defects, "key: " + damaged));
            progress.total(
                    archive.log().head().value() + 1 + archive.blobs().status().blobs());
            long[] shown = {0};
            org.archipelago.eventstore.Verification records = archive.log()
                    .verify(new RecordContents(archive.sealing(), new StudyClaims(archive.names())), (done, total) -> {
                        progress.advance(done - shown[0]);
                        shown[0] = done;
                    });
            records.problems()
                    .forEach(problem -> note(defects, "record at " + problem.position() + ": " + problem.what()));
            long[] blobs = {0};
            archive.blobs().verify((id, storedBytes, intact) -> {
                blobs[0]++;
                progress.advance(1);
                if (!intact) {
                    note(defects, "blob " + id + ": does not match its digest");
                }
            });
            return new Verification(records.records(), keys.keys(), blobs[0], defects);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void note(List<String> defects, String defect) {
        if (defects.size() < MAX_DEFECTS) {
            defects.add(defect);
        }
    }

    /** On return everything is on disk. */
    static void backup(Archive archive, Path target, Progress progress) {
        try {
            Files.createDirectories(target);
            Path log = target.resolve(LOG);
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(log))) {
                progress.advance(LogBackup.write(archive.log(), out));
            }
            sync(log);
            copyTree(archive.directory().blobs(), target.resolve(BLOBS), progress);
            archive.exportKeys(target.resolve(KEYS), target.resolve(MASTER_KEY));
            // Last: its presence says that the backup is whole.
            Path id = target.resolve(SITE_ID);
            Files.writeString(id, archive.names().site() + "\n");
            sync(id);
            sync(target);
        } catch (IOException e) {
            throw new CommandFailure("The backup to " + target + " failed: " + e.getMessage());
        }
    }

    /** Keys first, since claims are folded again from what the log holds; then the log under a new incarnation; then the blobs. */
    static void restore(Path backup, Configuration configuration, Progress progress) {
        if (!Files.isRegularFile(backup.resolve(SITE_ID))) {
            throw new CommandFailure(backup + " is not a whole backup: it has no " + SITE_ID + ".");
        }
        try {
            SiteId site = SiteId.parse(Files.readString(backup.resolve(SITE_ID)).strip());
            try (DataDirectory directory = DataDirectory.open(configuration.data(), () -> site)) {
                FileKeyStore.restore(
                        backup.resolve(KEYS),
                        backup.resolve(MASTER_KEY),
                        directory.keys(),
                        configuration.masterKeyFile(),
                        new SecureRandom());
                restoreLog(backup, configuration, directory);
                progress.advance(1);
                copyTree(backup.resolve(BLOBS), directory.blobs(), progress);
            }
        } catch (IOException e) {
            throw new CommandFailure("Restoring from " + backup + " failed: " + e.getMessage());
        }
    }

    private static void restoreLog(Path backup, Configuration configuration, DataDirectory directory)
            throws IOException {
        try (FileKeyStore keys = FileKeyStore.open(directory.keys(), configuration.masterKeyFile());
                InputStream in = new BufferedInputStream(Files.newInputStream(backup.resolve(LOG)))) {
            StreamNames names = new StreamNames(directory.site(), Archive.siteSecret(directory, keys));
            Sealing sealing = Archive.sealing(keys, names);
            RocksEventLog.restore(
                    directory.log(),
                    in,
                    new Incarnation(UUID.randomUUID()),
                    new RecordContents(sealing, new StudyClaims(names)));
        }
    }

    private static void copyTree(Path from, Path to, Progress progress) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(to.resolve(from.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.copy(file, copy);
                sync(copy);
                progress.advance(1);
                return FileVisitResult.CONTINUE;
            }
        });
        try (Stream<Path> all = Files.walk(to)) {
            for (Path directory : all.filter(Files::isDirectory).toList()) {
                sync(directory);
            }
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}

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
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.LogBackup;
import org.archipelago.eventstore.RecordContents;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.KeyStoreReport;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations.Verification;
import org.archipelago.node.configuration.Configuration;

/**
 * Verification, backup and restoring of one site. A backup is two directories, to be kept apart: one with {@code log},
 * {@code blobs}, pending reports and dead letters, useless without keys; the other with the {@code keys} and the master key
 * that opens them. Whoever has both can read everything, also what is erased later: let the second expire.
 */
final class Maintenance {
    private static final String SITE_ID = "site-id";
    private static final String LOG = "log";
    private static final String KEYS = "keys";
    private static final String BLOBS = "blobs";
    private static final String REPORTS = "commitment";
    private static final String DEAD_LETTERS = "dead-letters";
    private static final String MASTER_KEY = "master.key";
    private static final String IDENTITY = "identity";
    private static final String CHECKPOINT = "checkpoint";
    private static final String LOST_KEYS = "lost-keys";
    private static final String FOLLOWED = "followed";
    /** Derived, or of this one directory. */
    private static final Set<String> NOT_BACKED_UP = Set.of("index", "LOCK", LogWitness.FILE_NAME);

    private static final int MAX_DEFECTS = 1_000;

    private Maintenance() {}

    /** The archive of a node that is not running. */
    static Archive offline(Configuration configuration, Clock clock) {
        Path id = configuration.data().resolve(SITE_ID);
        if (!Files.exists(id) && !Files.notExists(id)) {
            throw new CommandFailure(
                    "Only who may read " + configuration.data() + " may do this; run it as the node's user.");
        }
        if (!Files.exists(id)) {
            throw new CommandFailure("There is no archive in " + configuration.data() + ".");
        }
        return Archive.offline(configuration, clock, Comparison.configured(configuration));
    }

    /** Reads every record, key and blob, and looks for every blob that a record names. Goes on after what is damaged. */
    static Verification verify(Archive archive, Progress progress) {
        List<String> defects = new ArrayList<>();
        try {
            KeyStoreReport keys = archive.verifyKeys();
            keys.damaged().forEach(damaged -> note(defects, "key: " + damaged));
            progress.total(
                    archive.log().head().value() + 1 + archive.blobs().status().blobs());
            long[] shown = {0};
            NamedBlobs named = new NamedBlobs(archive);
            org.archipelago.eventstore.Verification records = archive.log()
                    .verify(new RecordContents(archive.sealing(), named), (done, total) -> {
                        progress.advance(done - shown[0]);
                        shown[0] = done;
                    });
            records.problems()
                    .forEach(problem -> note(defects, "record at " + problem.position() + ": " + problem.what()));
            named.defects().forEach(defect -> note(defects, defect));
            BlobCounts blobs = verifyBlobs(archive, named, progress, defects);
            return new Verification(
                    records.records(),
                    records.erased(),
                    keys.keys(),
                    blobs.read(),
                    blobs.unnamed(),
                    named.comingBack(),
                    defects);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param unnamed that no record names: of an ingest that is under way or was interrupted */
    private record BlobCounts(long read, long unnamed) {}

    /** Not all are looked at when their index is damaged, which is noted then. */
    private static BlobCounts verifyBlobs(Archive archive, NamedBlobs named, Progress progress, List<String> defects)
            throws IOException {
        long[] read = {0};
        long[] unnamed = {0};
        BlobClaims claims = new BlobClaims(archive.log(), archive.names());
        try {
            archive.blobs().verify((id, storedBytes, intact) -> {
                read[0]++;
                if (!claims.isNamed(id)) {
                    unnamed[0]++;
                }
                progress.advance(1);
                if (!intact && !named.isAccountedFor(id)) {
                    note(defects, "blob " + id + ": does not match its digest");
                }
            });
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.BLOBS_UNAVAILABLE) {
                throw e;
            }
            note(defects, "blobs: not all could be looked at. " + e.getMessage());
        }
        return new BlobCounts(read[0], unnamed[0]);
    }

    private static void note(List<String> defects, String defect) {
        if (defects.size() < MAX_DEFECTS) {
            defects.add(defect);
        }
    }

    /**
     * On return everything is on disk. What is damaged is backed up as it is.
     *
     * @param keys not in the target, nor the target in it
     * @return what is damaged, one line each
     */
    static List<String> backup(Archive archive, Path target, Path keys, Progress progress) {
        requireApart(target, keys);
        List<String> damage = new ArrayList<>();
        try {
            Files.createDirectories(target);
            Path log = target.resolve(LOG);
            boolean areClaimsRead;
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(log))) {
                RecordContents contents = new RecordContents(archive.sealing(), new StudyClaims(archive.names()));
                LogBackup.Written written = LogBackup.write(archive.log(), contents, out);
                progress.advance(written.records());
                areClaimsRead = written.areClaimsRead();
                written.damagedAt()
                        .forEach(at -> note(
                                damage,
                                "record at " + at.value() + ": is not what was written; what is left of it is kept"));
            }
            sync(log);
            if (!areClaimsRead) {
                note(damage, "claims: not all can be read; those were made again from the records");
            }
            Consumer<String> unreadable = defect -> note(damage, defect);
            copyTree(archive.directory().blobs(), target.resolve(BLOBS), progress, unreadable);
            copyTree(archive.directory().pendingReports(), target.resolve(REPORTS), progress, unreadable);
            copyTree(archive.directory().deadLetters(), target.resolve(DEAD_LETTERS), progress, unreadable);
            Files.createDirectories(keys);
            archive.exportKeys(keys.resolve(KEYS), keys.resolve(MASTER_KEY));
            copyIdentity(archive.directory().identity(), keys.resolve(IDENTITY));
            sync(keys);
            if (Files.exists(archive.directory().lastCheckpoint())) {
                copyFile(archive.directory().lastCheckpoint(), target.resolve(CHECKPOINT));
            }
            if (Files.exists(archive.directory().lostKeys())) {
                copyFile(archive.directory().lostKeys(), target.resolve(LOST_KEYS));
            }
            if (Files.exists(archive.directory().followed())) {
                copyFile(archive.directory().followed(), target.resolve(FOLLOWED));
            }
            // Last: its presence says that the backup is whole.
            Path id = target.resolve(SITE_ID);
            Files.writeString(id, archive.names().site() + "\n");
            sync(id);
            sync(target);
            return damage;
        } catch (IOException e) {
            throw new CommandFailure("The backup to " + target + " failed: " + e.getMessage());
        }
    }

    private static void requireApart(Path target, Path keys) {
        Path data = target.toAbsolutePath().normalize();
        Path secret = keys.toAbsolutePath().normalize();
        if (data.startsWith(secret) || secret.startsWith(data)) {
            throw new CommandFailure("The keys must go to a directory apart from " + target
                    + ": together they open everything, and bring back what is erased later.");
        }
    }

    /** Until it has ended, nobody can open what it writes; after an interruption it is begun again. */
    static void restore(Path backup, Path keys, Configuration configuration, Progress progress) {
        if (!Files.isRegularFile(backup.resolve(SITE_ID))) {
            throw new CommandFailure(backup + " is not a whole backup: it has no " + SITE_ID + ".");
        }
        if (!FileKeyStore.exists(keys.resolve(KEYS))) {
            throw new CommandFailure(keys + " does not hold the keys of a backup.");
        }
        try {
            SiteId site = SiteId.parse(Files.readString(backup.resolve(SITE_ID)).strip());
            try (DataDirectory directory = DataDirectory.beginRestore(configuration.data(), site)) {
                FileKeyStore.restore(
                        keys.resolve(KEYS),
                        keys.resolve(MASTER_KEY),
                        directory.keys(),
                        configuration.masterKeyFile(),
                        new SecureRandom());
                copyIdentity(keys.resolve(IDENTITY), directory.identity());
                restoreLog(backup, directory);
                progress.advance(1);
                if (Files.exists(backup.resolve(CHECKPOINT))) {
                    copyFile(backup.resolve(CHECKPOINT), directory.lastCheckpoint());
                    progress.advance(1);
                }
                if (Files.exists(backup.resolve(LOST_KEYS))) {
                    copyFile(backup.resolve(LOST_KEYS), directory.lostKeys());
                    progress.advance(1);
                }
                if (Files.exists(backup.resolve(FOLLOWED))) {
                    copyFile(backup.resolve(FOLLOWED), directory.followed());
                    progress.advance(1);
                }
                DurableFile.replace(directory.restoredFromBackup(), new byte[0]);
                Consumer<String> unreadable = defect -> {
                    throw new CommandFailure("Restoring from " + backup + " failed: " + defect);
                };
                copyTree(backup.resolve(BLOBS), directory.blobs(), progress, unreadable);
                copyTree(backup.resolve(REPORTS), directory.pendingReports(), progress, unreadable);
                copyTree(backup.resolve(DEAD_LETTERS), directory.deadLetters(), progress, unreadable);
                try (RocksEventLog log = RocksEventLog.openReadOnly(directory.log())) {
                    new LogWitness(directory.blobs()).write(log.tailToken());
                }
                directory.finishRestore();
            }
        } catch (IOException e) {
            throw new CommandFailure("Restoring from " + backup + " failed: " + e.getMessage());
        }
    }

    /** For the owner only. A site that has none yet has nothing to be copied. */
    static void copyIdentity(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            return;
        }
        DurableFile.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                DurableFile.replace(to.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
    }

    /** Of the checkpoint: as of which the restored site signs on; its tree is made again from the log. */
    private static void copyFile(Path from, Path to) throws IOException {
        DurableFile.createDirectories(Objects.requireNonNull(to.toAbsolutePath().getParent()));
        DurableFile.replace(to, Files.readAllBytes(from));
    }

    private static void restoreLog(Path backup, DataDirectory directory) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(backup.resolve(LOG)))) {
            RocksEventLog.restore(directory.log(), in, new Incarnation(UUID.randomUUID()));
        }
    }

    /** @param unreadable hears of each file that could not be copied whole */
    private static void copyTree(Path from, Path to, Progress progress, Consumer<String> unreadable)
            throws IOException {
        Files.createDirectories(to);
        if (!Files.isDirectory(from)) {
            return;
        }
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (from.equals(directory.getParent()) && isLeftOut(directory)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(from.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (from.equals(file.getParent()) && isLeftOut(file)) {
                    return FileVisitResult.CONTINUE;
                }
                Path copy = to.resolve(from.relativize(file).toString());
                DamagedFile.copy(file, copy, why -> unreadable.accept(from.relativize(file) + ": " + why));
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

    /** How many files a copy of this directory will have, if it is there at all. */
    static long copied(Path from) {
        if (!Files.isDirectory(from)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(from)) {
            return all.filter(Files::isRegularFile)
                    .filter(file ->
                            !isLeftOut(from.resolve(from.relativize(file).getName(0))))
                    .count();
        } catch (IOException e) {
            throw new CommandFailure(from + " cannot be read: " + e.getMessage());
        }
    }

    private static boolean isLeftOut(Path path) {
        return NOT_BACKED_UP.contains(path.getFileName().toString());
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}

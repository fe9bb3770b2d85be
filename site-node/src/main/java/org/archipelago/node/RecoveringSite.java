package org.archipelago.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.identity.SiteKeys;
import org.archipelago.federation.recovery.LostKeys;
import org.archipelago.federation.rejoin.SigningFloor;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.configuration.Configuration;

/** The parts of a site whose log comes back from its peers: all that is durable but its blobs. Nobody else can open its directory. */
final class RecoveringSite implements AutoCloseable {
    private static final String EXPORTED_KEYS = "keys";
    private static final String EXPORTED_MASTER_KEY = "master.key";
    private static final Duration NO_INTERVAL = Duration.ofHours(1);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Configuration configuration;
    private final RestoredIdentity identity;
    private final DataDirectory directory;
    private final SiteKeyStore keys;
    private final StreamNames names;
    private final Sealing sealing;
    private final StudyClaims claims;
    private RocksEventLog log;
    private Checkpoints checkpoints;

    private RecoveringSite(Configuration configuration, RestoredIdentity identity, List<Path> keyBackup)
            throws IOException {
        this.configuration = configuration;
        this.identity = identity;
        try {
            directory = opening(DataDirectory.beginRecovery(configuration.data(), identity.site()));
            identity.bringTo(directory.identity());
            for (Path backup : keyBackup) {
                restoreKeys(backup);
            }
            if (keyBackup.isEmpty() && !FileKeyStore.exists(directory.keys())) {
                Files.deleteIfExists(directory.keysFromBackup());
            }
            FileKeyStore stored = opening(FileKeyStore.open(directory.keys(), configuration.masterKeyFile()));
            byte[] secret = Archive.siteSecret(directory, stored);
            keys = new SiteKeyStore(stored, new SiteKeys(secret), LostKeys.NONE);
            names = new StreamNames(directory.site(), secret);
            sealing = Archive.sealing(keys, names);
            claims = new StudyClaims(names);
            if (Files.exists(directory.claimsMayLack())) {
                discardLog();
            }
            removeDiscarded();
            log = openLog();
            checkpoints = openCheckpoints();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * @param keyBackup of the keys, where there is one: at most one
     * @throws org.archipelago.node.configuration.ConfigurationException the directory is not empty, or in use
     */
    static RecoveringSite open(Configuration configuration, RestoredIdentity identity, List<Path> keyBackup)
            throws IOException {
        return new RecoveringSite(configuration, identity, keyBackup);
    }

    private <T extends AutoCloseable> T opening(T part) {
        opened.push(part);
        return part;
    }

    /**
     * An interrupted one is begun again: without its manifest nothing of it can be opened.
     *
     * @throws CommandFailure there is a keystore already that is not from a backup: this one would not be used
     */
    private void restoreKeys(Path backup) throws IOException {
        Path mark = directory.keysFromBackup();
        if (FileKeyStore.exists(directory.keys())) {
            if (!Files.exists(mark)) {
                throw new CommandFailure(
                        "This recovery was begun without a backup of the keys, and --keys cannot be used any more."
                                + " Empty the data directory and run the command again, or run it without --keys to go on.");
            }
            return;
        }
        delete(directory.keys());
        DurableFile.createDirectories(Objects.requireNonNull(mark.getParent()));
        DurableFile.replace(mark, new byte[0]);
        FileKeyStore.restore(
                backup.resolve(EXPORTED_KEYS),
                backup.resolve(EXPORTED_MASTER_KEY),
                directory.keys(),
                configuration.masterKeyFile(),
                new SecureRandom());
    }

    private RocksEventLog openLog() {
        RocksEventLogOptions options = RocksEventLogOptions.standard(LogListener.NONE, () -> {});
        return RocksEventLog.exists(directory.log())
                ? RocksEventLog.open(directory.log(), options)
                : RocksEventLog.create(directory.log(), directory.site(), new Incarnation(UUID.randomUUID()), options);
    }

    private Checkpoints openCheckpoints() throws IOException {
        return Checkpoints.open(directory.checkpoints(), log, identity.signing(), NO_INTERVAL);
    }

    /** Keys came that open records which are here already: what those claim is made up for by taking all of them again. */
    void emptyLog() throws IOException {
        checkpoints.close();
        log.close();
        claimsMayLack();
        discardLog();
        removeDiscarded();
        log = openLog();
        checkpoints = openCheckpoints();
    }

    /**
     * Keys are about to come that may open records which are here already. Durable: unless {@link #claimsAreWhole} or {@link #emptyLog}
     * follows, the log is emptied when this is opened again.
     */
    void claimsMayLack() throws IOException {
        DurableFile.createDirectories(
                Objects.requireNonNull(directory.claimsMayLack().getParent()));
        DurableFile.replace(directory.claimsMayLack(), new byte[0]);
    }

    /** None came that opens any. */
    void claimsAreWhole() throws IOException {
        Files.deleteIfExists(directory.claimsMayLack());
    }

    /** Each at once, so that no half of one is ever opened; without checkpoints a log can be, but not the other way round. */
    private void discardLog() throws IOException {
        for (Path part : List.of(directory.checkpoints(), directory.log())) {
            delete(discarded(part));
            if (Files.exists(part)) {
                DurableFile.move(part, discarded(part));
            }
        }
        claimsAreWhole();
    }

    private void removeDiscarded() throws IOException {
        delete(discarded(directory.checkpoints()));
        delete(discarded(directory.log()));
    }

    private static Path discarded(Path part) {
        return part.resolveSibling(part.getFileName() + ".discarded");
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> paths = Files.walk(tree)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    /** A record that can be opened, with what it claims. */
    PendingRecord pending(LogRecord record) {
        return new PendingRecord(record, claims.claimsOf(sealing.open(record).payload()));
    }

    DataDirectory directory() {
        return directory;
    }

    RestoredIdentity identity() {
        return identity;
    }

    SiteKeyStore keys() {
        return keys;
    }

    StreamNames names() {
        return names;
    }

    Sealing sealing() {
        return sealing;
    }

    RocksEventLog log() {
        return log;
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    SigningFloor floor() throws IOException {
        return SigningFloor.open(directory.signingFloor(), identity.signing().verifierKey());
    }

    /** From here on a node can start, and finds the rest by itself. */
    void finish(LostKeys lost) throws IOException {
        DurableFile.replace(directory.lostKeys(), lost.toBytes());
        DurableFile.createDirectories(directory.blobs());
        new LogWitness(directory.blobs()).write(log.headToken());
        directory.finishRecovery();
    }

    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>();
        if (checkpoints != null) {
            all.add(checkpoints);
        }
        if (log != null) {
            all.add(log);
        }
        all.addAll(opened);
        for (AutoCloseable part : all) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("a part of the site did not close", e);
            }
        }
    }
}

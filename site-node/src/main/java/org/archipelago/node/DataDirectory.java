package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.node.configuration.ConfigurationException;
import org.jspecify.annotations.Nullable;

/** The layout of a node's data directory, its lock, and the site's identity in it. */
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK = "lock";
    private static final String RESTORING = "restoring";
    private static final String RECOVERING = "recovering";
    private static final String RESTORED = "restored";
    private static final String IDENTITY = "identity";

    private final Path root;
    private final SiteId site;
    private final @Nullable FileChannel lockChannel;
    private final @Nullable FileLock lock;

    private DataDirectory(Path root, SiteId site, @Nullable FileChannel lockChannel, @Nullable FileLock lock) {
        this.root = root;
        this.site = site;
        this.lockChannel = lockChannel;
        this.lock = lock;
    }

    /**
     * Makes what is missing, takes the lock, reads the identity or makes one.
     *
     * @param newIdentity the id of a site that has none yet; a restored site brings its own
     * @throws ConfigurationException another process uses the directory, it cannot be written, or a restore into it was
     *     interrupted
     */
    public static DataDirectory open(Path root, Supplier<SiteId> newIdentity) {
        try {
            Held held = hold(root);
            try {
                requireWhole(root);
                return new DataDirectory(root, identity(root, newIdentity), held.channel(), held.lock());
            } catch (IOException | RuntimeException e) {
                held.channel().close();
                throw e;
            }
        } catch (IOException e) {
            throw new ConfigurationException("cannot use the data directory " + root + ": " + e, e);
        }
    }

    /**
     * Takes an empty directory for a restore. Until {@link #finishRestore} nobody can open it, also after power loss. What an
     * interrupted restore left is removed.
     *
     * @throws ConfigurationException the directory holds anything else, or is in use
     */
    static DataDirectory beginRestore(Path root, SiteId site) {
        try {
            Held held = hold(root);
            try {
                List<Path> there = entries(root);
                if (!there.isEmpty() && !Files.exists(root.resolve(RESTORING))) {
                    throw new ConfigurationException(root + " is not empty; nothing was written to it");
                }
                Files.write(root.resolve(RESTORING), new byte[0]);
                sync(root.resolve(RESTORING));
                sync(root);
                for (Path entry : there) {
                    delete(entry);
                }
                return new DataDirectory(root, identity(root, () -> site), held.channel(), held.lock());
            } catch (IOException | RuntimeException e) {
                held.channel().close();
                throw e;
            }
        } catch (IOException e) {
            throw new ConfigurationException("cannot use the data directory " + root + ": " + e, e);
        }
    }

    /** What was restored is whole and on disk: from here on it can be opened. */
    void finishRestore() throws IOException {
        sync(root);
        Files.delete(root.resolve(RESTORING));
        sync(root);
    }

    /**
     * Takes a directory that is empty, or holds the site's identity alone, for what peers give back. Until {@link #finishRecovery} nobody
     * else can open it, also after power loss. What an interrupted one has brought stays.
     *
     * @throws ConfigurationException the directory holds anything else, or is in use
     */
    static DataDirectory beginRecovery(Path root, SiteId site) {
        try {
            Held held = hold(root);
            try {
                Path mark = root.resolve(RECOVERING);
                boolean goesOn = Files.exists(mark);
                boolean isFree = entries(root).stream()
                        .allMatch(entry -> entry.getFileName().toString().equals(IDENTITY));
                if (!goesOn && !isFree) {
                    throw new ConfigurationException(root + " is not empty; nothing was written to it");
                }
                if (!goesOn) {
                    DurableFile.replace(mark, (site + "\n").getBytes(StandardCharsets.US_ASCII));
                } else if (!readIdentity(mark).equals(site)) {
                    throw new ConfigurationException(
                            "another site is being recovered into " + root + ": " + readIdentity(mark));
                }
                return new DataDirectory(root, identity(root, () -> site), held.channel(), held.lock());
            } catch (IOException | RuntimeException e) {
                held.channel().close();
                throw e;
            }
        } catch (IOException e) {
            throw new ConfigurationException("cannot use the data directory " + root + ": " + e, e);
        }
    }

    /** Whether the site in this place was restored from a backup, and nobody has said since that its log is the last one. */
    static boolean isRestoredFromBackup(Path root) {
        return Files.exists(root.resolve(RESTORED)) && !Files.exists(root.resolve(RESTORING));
    }

    /** Whether a log came back from peers to this place, and is whole. */
    static boolean isRecovered(Path root) {
        return Files.exists(root.resolve("recovery").resolve("log")) && !Files.exists(root.resolve(RECOVERING));
    }

    /** The log and what opens it are whole and on disk: from here on a node can start. */
    void finishRecovery() throws IOException {
        sync(root);
        Files.delete(root.resolve(RECOVERING));
        sync(root);
    }

    private static void requireWhole(Path root) {
        if (Files.exists(root.resolve(RECOVERING))) {
            throw new ConfigurationException("the log of the site in " + root
                    + " has not come back from its peers yet; run 'restore --from' again, which goes on");
        }
        if (Files.exists(root.resolve(RESTORING))) {
            throw new ConfigurationException("a restore into " + root
                    + " was interrupted, so it is not whole; run 'restore' again, which begins anew");
        }
    }

    /** All but the lock and the mark of a restore. */
    private static List<Path> entries(Path root) throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(entry -> !Set.of(LOCK, RESTORING, RECOVERING, RECOVERING + ".new")
                            .contains(entry.getFileName().toString()))
                    .toList();
        }
    }

    private static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(tree)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    private record Held(FileChannel channel, FileLock lock) {}

    private static Held hold(Path root) throws IOException {
        createDirectories(root);
        FileChannel channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel);
        if (lock == null) {
            channel.close();
            throw new ConfigurationException(
                    "another node is using " + root + "; stop it first, or name another data directory");
        }
        return new Held(channel, lock);
    }

    /** For the owner only; each new directory is synced into its parent. */
    private static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (parent != null) {
            sync(parent);
        }
    }

    /** For tools beside a running node: takes no lock, writes nothing. */
    public static DataDirectory inspect(Path root) {
        requireWhole(root);
        try {
            return new DataDirectory(root, readIdentity(root.resolve("site-id")), null, null);
        } catch (IOException e) {
            throw new ConfigurationException(root + " is not a node's data directory: " + e, e);
        }
    }

    public static SiteId randomIdentity() {
        return new SiteId(UUID.randomUUID());
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static SiteId identity(Path root, Supplier<SiteId> newIdentity) throws IOException {
        Path file = root.resolve("site-id");
        if (Files.exists(file)) {
            return readIdentity(file);
        }
        SiteId site = newIdentity.get();
        Path draft = root.resolve("site-id.new");
        Files.writeString(draft, site + "\n");
        sync(draft);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        sync(root);
        return site;
    }

    private static SiteId readIdentity(Path file) throws IOException {
        try {
            return SiteId.parse(Files.readString(file, StandardCharsets.UTF_8).strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " does not hold a site id", e);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    public SiteId site() {
        return site;
    }

    Path root() {
        return root;
    }

    Path logReserve() {
        return root.resolve("log-reserve");
    }

    public Path log() {
        return root.resolve("log");
    }

    public Path keys() {
        return root.resolve("keys");
    }

    public Path blobs() {
        return root.resolve("blobs");
    }

    /** Keys by which other sites know this one. */
    Path identity() {
        return root.resolve(IDENTITY);
    }

    /** Statements about the log, and the tree that they are made from. */
    Path checkpoints() {
        return root.resolve("checkpoints");
    }

    /** What is kept of other sites' logs besides their records. */
    Path replicas() {
        return root.resolve("replicas");
    }

    /** How far each other site's log was gone through for keys that it grants. */
    Path granted() {
        return root.resolve("granted");
    }

    /** Copies of other sites' blobs that this site has said to hold. */
    Path keptBlobs() {
        return root.resolve("kept-blobs");
    }

    /** Under which incarnation of the log it was last seen whether what it says to hold is here. */
    Path heldSeen() {
        return root.resolve("held-seen");
    }

    /** How far the own log was gone through for studies to assign to others. */
    Path assigned() {
        return root.resolve("assigned");
    }

    /** What was fetched of other sites' blobs; can be had again. */
    Path foreignBlobs() {
        return root.resolve("foreign-blobs");
    }

    /** Ids of keys that nobody could give back after the site was destroyed. */
    Path lostKeys() {
        return root.resolve("lost-keys");
    }

    /** There from a restore from a backup until a member has confirmed, or an operator has said, that this log may be signed on. */
    Path restoredFromBackup() {
        return root.resolve(RESTORED);
    }

    /** There once any other site had this site's log, or a statement about it. */
    Path followed() {
        return root.resolve("followed");
    }

    /** The largest checkpoint of this site that its peers have shown, and who has not shown any yet. */
    Path signingFloor() {
        return root.resolve("signing-floor");
    }

    /** What is known of a recovery from peers, and how far it is. */
    private Path recovery() {
        return root.resolve("recovery");
    }

    /** There while records may be in the log without what they claim: they are to be taken again. */
    Path claimsMayLack() {
        return recovery().resolve("claims-may-lack");
    }

    Path recoveredLog() {
        return recovery().resolve("log");
    }

    /** How far the blobs that were lost are back. */
    Path recoveredBlobs() {
        return recovery().resolve("blobs");
    }

    /** What came back and what did not, signed. */
    Path recoveryReport() {
        return recovery().resolve("report");
    }

    /** There while a recovery goes on whose keys are from a backup of them. */
    Path keysFromBackup() {
        return recovery().resolve("keys-from-backup");
    }

    /** There while records that a backup did not have come back, until what they name is accounted for. */
    Path takingBack() {
        return recovery().resolve("taking-back");
    }

    /** Which keys came back from whom. */
    Path keySources() {
        return recovery().resolve("keys");
    }

    Path lastCheckpoint() {
        return checkpoints().resolve("checkpoint");
    }

    public Path headers() {
        return root.resolve("headers");
    }

    public Path pendingReports() {
        return root.resolve("commitment");
    }

    public Path deadLetters() {
        return root.resolve("dead-letters");
    }

    @Override
    public void close() {
        try {
            if (lock != null && lockChannel != null) {
                lock.release();
                lockChannel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.archipelago.blobstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;

/**
 * Blobs that other sites wrote, as they are stored there, under a quota: a cache of them, or copies that stay. Apart from this site's
 * own: they are no orphans there, and no name of theirs reaches one of its blobs. Whole ones are
 * {@code <origin>/<first two digits>/<blob id>}, synced before they have that name; what has come of others is
 * {@code incoming/<origin>-<blob id>}, from its first byte on, and is continued. Thread-safe; one process at a time.
 */
public final class ForeignBlobs {
    private static final String INCOMING = "incoming";
    private static final String DAMAGED = "damaged";
    private static final int SITE_CHARS = 36;
    private static final int BLOB_CHARS = 64;

    private final Path directory;
    private final ForeignBlobsOptions options;
    private final Clock clock;
    private final Disk disk;
    /** With their stored length, the one that was read least lately first. */
    private final Map<ForeignBlobId, Long> whole = new LinkedHashMap<>(16, 0.75f, true);
    /** Of which nothing comes just now; length so far. */
    private final Map<ForeignBlobId, Long> parts = new LinkedHashMap<>();

    private final Set<ForeignBlobId> underWay = new HashSet<>();
    private long bytes;

    private ForeignBlobs(Path directory, ForeignBlobsOptions options, Clock clock, Disk disk) {
        this.directory = directory;
        this.options = options;
        this.clock = clock;
        this.disk = disk;
    }

    /** Makes the directory when it is not there. Looks at every name in it. */
    public static ForeignBlobs open(Path directory, ForeignBlobsOptions options, Clock clock) throws IOException {
        Disk disk = new RealDisk(false);
        disk.createDirectories(directory.resolve(INCOMING));
        ForeignBlobs blobs = new ForeignBlobs(directory, options, clock, disk);
        blobs.findAll();
        return blobs;
    }

    private record Found(Path file, Instant usedAt, long lengthBytes) {}

    private void findAll() throws IOException {
        for (Found found : files(directory)) {
            Optional<ForeignBlobId> part = partName(found.file());
            Optional<ForeignBlobId> blob = part.isPresent() ? Optional.empty() : wholeName(found.file());
            if (part.isPresent() && found.usedAt().isBefore(clock.instant().minus(options.partAge()))) {
                disk.delete(found.file());
            } else {
                part.ifPresent(id -> parts.put(id, found.lengthBytes()));
                blob.ifPresent(id -> whole.put(id, found.lengthBytes()));
                bytes += part.isPresent() || blob.isPresent() ? found.lengthBytes() : 0;
            }
        }
        makeRoom(0);
    }

    /** The one that was used least lately first. */
    private static List<Found> files(Path directory) throws IOException {
        List<Found> found = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(directory, 3)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                found.add(new Found(file, Files.getLastModifiedTime(file).toInstant(), Files.size(file)));
            }
        }
        found.sort(Comparator.comparing(Found::usedAt));
        return found;
    }

    private Optional<ForeignBlobId> partName(Path file) {
        String name = file.getFileName().toString();
        return directory.resolve(INCOMING).equals(file.getParent()) && name.length() == SITE_CHARS + 1 + BLOB_CHARS
                ? named(name.substring(0, SITE_CHARS), name.substring(SITE_CHARS + 1))
                : Optional.empty();
    }

    private Optional<ForeignBlobId> wholeName(Path file) {
        Path inDirectory = directory.relativize(file);
        return inDirectory.getNameCount() == 3
                ? named(
                        inDirectory.getName(0).toString(),
                        inDirectory.getName(2).toString())
                : Optional.empty();
    }

    private static Optional<ForeignBlobId> named(String origin, String blob) {
        try {
            return Optional.of(new ForeignBlobId(SiteId.parse(origin), BlobId.parse(blob)));
        } catch (IllegalArgumentException | ArchiveException e) {
            return Optional.empty();
        }
    }

    private Path place(ForeignBlobId blob) {
        String name = blob.id().toString();
        return directory
                .resolve(blob.origin().toString())
                .resolve(name.substring(0, 2))
                .resolve(name);
    }

    private Path incoming(ForeignBlobId blob) {
        return directory.resolve(INCOMING).resolve(blob.origin() + "-" + blob.id());
    }

    /**
     * The plain bytes of one that is here whole. Every read is authenticated.
     *
     * @throws ArchiveException CORRUPT from this or a later read: {@link #discard} it, and get it anew
     */
    public Optional<SeekableByteChannel> open(ForeignObject object) throws IOException {
        Optional<SeekableByteChannel> stored = openStored(object.blob());
        return stored.isPresent()
                ? Optional.of(BlobEncryption.decrypting(stored.get(), object.key()))
                : Optional.empty();
    }

    /** The stored bytes of one that is here whole, for others; says nothing of whether they are still what they were. */
    public Optional<SeekableByteChannel> openStored(ForeignBlobId blob) throws IOException {
        synchronized (this) {
            if (whole.get(blob) == null) {
                return Optional.empty();
            }
        }
        try {
            Path file = place(blob);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
            return Optional.of(new StoredChannel(channel, 0, channel.size()));
        } catch (NoSuchFileException e) {
            discard(blob);
            return Optional.empty();
        }
    }

    /** Stored bytes of one that is here whole. */
    public synchronized OptionalLong lengthBytes(ForeignBlobId blob) {
        Long length = whole.get(blob);
        return length == null ? OptionalLong.empty() : OptionalLong.of(length);
    }

    public synchronized boolean contains(ForeignBlobId blob) {
        return whole.containsKey(blob);
    }

    /**
     * Takes in a blob, from where an earlier transfer of it was cut off.
     *
     * @throws ArchiveException CONFLICTING_STATE while it comes in already, or when it is here; BLOB_STORE_FULL
     */
    public IncomingBlob receive(ForeignObject object) throws IOException {
        ForeignBlobId blob = object.blob();
        long length = object.storedLengthBytes();
        return receive(blob, length, () -> IncomingBlob.open(object, incoming(blob), length, this));
    }

    /**
     * As {@link #receive(ForeignObject)}, without the key that opens it.
     *
     * @param plainLengthBytes as its origin recorded it
     */
    public IncomingCopy receive(ForeignBlobId blob, long plainLengthBytes) throws IOException {
        long length = ForeignObject.storedLengthBytes(plainLengthBytes);
        return receive(blob, length, () -> IncomingCopy.open(blob, incoming(blob), length, this));
    }

    private interface Opening<T> {
        T open() throws IOException;
    }

    private <T> T receive(ForeignBlobId blob, long length, Opening<T> opening) throws IOException {
        synchronized (this) {
            if (whole.containsKey(blob) || !underWay.add(blob)) {
                throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "foreign blob that is here or comes in");
            }
            Optional<Long> part = Optional.ofNullable(parts.remove(blob));
            bytes -= part.orElse(0L);
            try {
                makeRoom(length);
                bytes += length;
            } catch (IOException | RuntimeException e) {
                underWay.remove(blob);
                part.ifPresent(there -> {
                    parts.put(blob, there);
                    bytes += there;
                });
                throw e;
            }
        }
        try {
            return opening.open();
        } catch (IOException | RuntimeException e) {
            ended(blob, length, Optional.empty());
            throw e;
        }
    }

    private void makeRoom(long length) throws IOException {
        while (bytes + length > options.quotaBytes() && evictOne()) {
            // one more
        }
        while (isShort(length) && evictOne()) {
            // one more
        }
        if (!options.evicts() && length > 0 && bytes + length > options.quotaBytes()) {
            throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "capacity for copies of other sites");
        }
        if (isShort(length)) {
            throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "low-water mark of free space");
        }
    }

    /** Gives space back until as much is free as is to be: others write to the volume, too. */
    public synchronized void giveBack() throws IOException {
        while (disk.freeBytes(directory) < options.lowWaterBytes() && evictOne()) {
            // one more
        }
    }

    private boolean isShort(long length) throws IOException {
        return length > 0 && disk.freeBytes(directory) - length < options.lowWaterBytes();
    }

    /** What is being read stays readable: its bytes go when it is closed. */
    private boolean evictOne() throws IOException {
        boolean part = !parts.isEmpty();
        if (!part && !options.evicts()) {
            return false;
        }
        Iterator<Map.Entry<ForeignBlobId, Long>> oldest =
                (part ? parts : whole).entrySet().iterator();
        if (!oldest.hasNext()) {
            return false;
        }
        Map.Entry<ForeignBlobId, Long> entry = oldest.next();
        disk.delete(part ? incoming(entry.getKey()) : place(entry.getKey()));
        bytes -= entry.getValue();
        oldest.remove();
        return true;
    }

    /** Its file is synced and whole. On return it survives power loss under its name. */
    void keep(ForeignBlobId blob, long length) throws IOException {
        Path place = place(blob);
        Path folder = place.getParent();
        if (folder == null) {
            throw new IllegalStateException("inside the store");
        }
        synchronized (this) {
            disk.createDirectories(folder);
        }
        disk.rename(incoming(blob), place);
        disk.syncDirectory(folder);
        delete(damaged(blob));
        synchronized (this) {
            whole.put(blob, length);
            underWay.remove(blob);
            makeRoom(0);
        }
    }

    /** It came no further than this; empty when nothing of it is to stay. */
    void ended(ForeignBlobId blob, long length, Optional<Long> part) {
        synchronized (this) {
            underWay.remove(blob);
            bytes -= length;
            part.ifPresent(kept -> {
                parts.put(blob, kept);
                bytes += kept;
            });
        }
        if (part.isEmpty()) {
            delete(incoming(blob));
        }
    }

    /** Those that are here whole now, in no order. */
    public synchronized List<ForeignBlobId> names() {
        return List.copyOf(whole.keySet());
    }

    /** Whether the stored bytes are those that its name was made of, as far as that tells; reads all of them. */
    public boolean isSound(ForeignBlobId blob) throws IOException {
        return isSound(blob, _ -> {});
    }

    /** @param read told of each part after it was read, of how many bytes; may wait */
    public boolean isSound(ForeignBlobId blob, IntConsumer read) throws IOException {
        Optional<SeekableByteChannel> stored = openStored(blob);
        if (stored.isEmpty()) {
            return false;
        }
        StoredDigest digest = new StoredDigest();
        ByteBuffer buffer = ByteBuffer.allocate(BlobEncryption.SEGMENT_BYTES);
        try (SeekableByteChannel channel = stored.get()) {
            while (channel.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
                read.accept(buffer.limit());
            }
        }
        return digest.id().equals(blob.id());
    }

    /**
     * Puts one aside that turned out to be damaged, until it has come anew: nobody may have another, and most of it may still be good. It is
     * in {@code damaged/<origin>-<blob id>} then, and counts for nothing.
     */
    public void setAside(ForeignBlobId blob) throws IOException {
        synchronized (this) {
            Long length = whole.remove(blob);
            if (length == null) {
                return;
            }
            bytes -= length;
        }
        disk.createDirectories(directory.resolve(DAMAGED));
        disk.rename(place(blob), damaged(blob));
    }

    private Path damaged(ForeignBlobId blob) {
        return directory.resolve(DAMAGED).resolve(blob.origin() + "-" + blob.id());
    }

    /** Takes away one that turned out to be damaged. */
    public void discard(ForeignBlobId blob) {
        synchronized (this) {
            Long length = whole.remove(blob);
            if (length == null) {
                return;
            }
            bytes -= length;
        }
        delete(place(blob));
    }

    private void delete(Path file) {
        try {
            disk.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public synchronized Status status() {
        return new Status(whole.size(), bytes, parts.size() + underWay.size());
    }

    /** @param bytes of all, those on their way in with their whole length */
    public record Status(int blobs, long bytes, int parts) {}
}

package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;

/** Finds and reads stored bytes. Any number at once. */
final class BlobReads {
    /** A blob moves when its segment is compacted, at most so often between a look at the index and one at the file. */
    private static final int MAX_MOVES = 100;

    private final Disk disk;
    private final BlobIndex index;
    private final Path segments;
    private final OwnFiles ownFiles;

    BlobReads(Disk disk, BlobIndex index, Path segments, OwnFiles ownFiles) {
        this.disk = disk;
        this.index = index;
        this.segments = segments;
        this.ownFiles = ownFiles;
    }

    /** @throws ArchiveException NOT_FOUND; CORRUPT when what is there is not this blob */
    SeekableByteChannel open(BlobId id) throws IOException {
        Optional<Location> last = Optional.empty();
        for (int i = 0; i < MAX_MOVES; i++) {
            Location at = index.find(id).orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "blob"));
            if (last.filter(at::equals).isPresent()) {
                break;
            }
            Optional<SeekableByteChannel> opened = at.own() ? openOwn(id, at) : openInSegment(id, at);
            if (opened.isPresent()) {
                return opened.get();
            }
            last = Optional.of(at);
        }
        throw new ArchiveException(ArchiveError.CORRUPT, "blob: its file is missing");
    }

    private Optional<SeekableByteChannel> openOwn(BlobId id, Location at) throws IOException {
        Optional<FileChannel> file = ownFiles.read(id);
        if (file.isPresent() && file.get().size() != at.lengthBytes()) {
            file.get().close();
            throw new ArchiveException(ArchiveError.CORRUPT, "blob: its file has another length");
        }
        return file.map(channel -> new StoredChannel(channel, 0, at.lengthBytes()));
    }

    private Optional<SeekableByteChannel> openInSegment(BlobId id, Location at) throws IOException {
        FileChannel file;
        try {
            file = Segment.open(disk, segments, at.segment());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            ByteBuffer header = ByteBuffer.allocate(RecordHeader.LENGTH_BYTES);
            Segment.readFully(file, header, at.offsetBytes());
            boolean isIt = RecordHeader.read(header.flip(), 0, at.segment())
                    .filter(h -> h.id().equals(id) && h.lengthBytes() == at.lengthBytes())
                    .isPresent();
            if (!isIt) {
                throw new ArchiveException(ArchiveError.CORRUPT, "blob: the header of its record");
            }
            return Optional.of(new StoredChannel(file, at.offsetBytes() + RecordHeader.LENGTH_BYTES, at.lengthBytes()));
        } catch (DiskReadException e) {
            file.close();
            throw new ArchiveException(ArchiveError.CORRUPT, "blob: the header of its record cannot be read", e);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Whether the stored bytes are those that the id names; empty when the blob is gone. */
    Optional<Boolean> isIntact(BlobId id) throws IOException {
        try (SeekableByteChannel stored = open(id)) {
            ByteBuffer buffer = ByteBuffer.allocate(256 << 10);
            StoredDigest digest = new StoredDigest();
            while (stored.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
            }
            return Optional.of(digest.id().equals(id));
        } catch (DiskReadException e) {
            return Optional.of(false);
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case NOT_FOUND -> Optional.empty();
                case CORRUPT -> Optional.of(false);
                default -> throw e;
            };
        }
    }
}

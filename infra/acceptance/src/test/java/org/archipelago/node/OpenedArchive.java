package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationFile;

/** The archive of a node that does not run, in this process: what the commands beside no node open. Reads all that it holds. */
public final class OpenedArchive implements AutoCloseable {
    private static final int BUFFER_BYTES = 128 << 10;
    private static final int RECORDS_AT_ONCE = 1_000;
    private static final Progress SILENT = new Progress() {
        @Override
        public void total(long total) {}

        @Override
        public void advance(long items) {}
    };

    private final Archive archive;

    private OpenedArchive(Archive archive) {
        this.archive = archive;
    }

    /** @throws RuntimeException what the node would say instead of starting */
    public static OpenedArchive of(Path configuration) {
        return new OpenedArchive(Maintenance.offline(ConfigurationFile.read(configuration), Clock.systemUTC()));
    }

    /** As a start opens it: what is missing because a first start was interrupted is made. */
    public static OpenedArchive orMade(Path configuration) {
        Configuration read = ConfigurationFile.read(configuration);
        return new OpenedArchive(Archive.offline(read, Clock.systemUTC(), Comparison.configured(read)));
    }

    /** All up to the head, or up to the first that is refused. */
    public List<StoredRecord> records() {
        List<StoredRecord> records = new ArrayList<>();
        try {
            long head = archive.log().head().value();
            while (records.size() <= head) {
                List<StoredRecord> more = archive.log().read(new LocalPosition(records.size()), RECORDS_AT_ONCE);
                if (more.isEmpty()) {
                    break;
                }
                records.addAll(more);
            }
        } catch (ArchiveException e) {
            requireDamage(e);
        }
        return records;
    }

    /** Of the last record. */
    public long head() {
        return archive.log().head().value();
    }

    /** SHA-256 of the data set as it would be served; empty when there is no such object, or what is there is refused. */
    public Optional<String> served(String sopInstance) {
        try {
            Optional<StudyContents> holder = archive.catalog().holderOf(new SopInstanceUid(sopInstance));
            if (holder.isEmpty()) {
                return Optional.empty();
            }
            StudyContents.Version version = holder.get()
                    .instance(new SopInstanceUid(sopInstance))
                    .orElseThrow()
                    .current();
            try (SeekableByteChannel plain = archive.bytes()
                    .open(
                            holder.get().copy().orElseThrow().stream(),
                            version.object().blob())) {
                return Optional.of(sha256(plain));
            }
        } catch (ArchiveException e) {
            requireDamage(e);
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(SeekableByteChannel plain) throws IOException {
        MessageDigest digest = Digest.newSha256();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (plain.read(buffer.clear()) >= 0) {
            digest.update(buffer.flip());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void requireDamage(ArchiveException refusal) {
        if (refusal.error() != ArchiveError.CORRUPT
                && refusal.error() != ArchiveError.NOT_FOUND
                && refusal.error() != ArchiveError.BLOBS_UNAVAILABLE) {
            throw refusal;
        }
    }

    /** What the command verify says is wrong, one line each. */
    public List<String> defects() {
        return Maintenance.verify(archive, SILENT).defects();
    }

    @Override
    public void close() {
        archive.close();
    }
}

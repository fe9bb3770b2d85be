package org.archipelago.blobstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The low-water mark. */
record FreeSpace(Disk disk, Path directory, BlobStoreOptions options) {
    /** @throws ArchiveException BLOB_STORE_FULL */
    void check() {
        if (isLow()) {
            throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "low-water mark of free space");
        }
    }

    boolean isLow() {
        return bytes() < options.lowWaterBytes() + options.setAsideBytes().getAsLong();
    }

    long bytes() {
        try {
            return disk.freeBytes(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package org.archipelago.node;

import java.io.IOException;
import org.archipelago.blobstore.FilesystemBlobStore;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.node.configuration.ConfigurationException;

/**
 * Log, keys and blobs belong together. One that is missing beside the others is a volume that is not mounted, or a loss:
 * made anew, it would take what comes to a place that vanishes, or make orphans of all that is there.
 */
final class WholeSite {
    /** The one that names the streams: all that a first start leaves that was interrupted before the log was made. */
    private static final int KEYS_BEFORE_A_LOG = 1;

    private WholeSite() {}

    static boolean hasLog(DataDirectory directory) {
        return RocksEventLog.exists(directory.log());
    }

    /** @throws ConfigurationException before anything is opened or made */
    static void require(DataDirectory directory) throws IOException {
        boolean keys = FileKeyStore.exists(directory.keys());
        boolean blobs = FilesystemBlobStore.exists(directory.blobs()) || LogWitness.isIn(directory.blobs());
        if (!keys && (hasLog(directory) || blobs)) {
            throw missing("The keys in " + directory.keys() + " are missing");
        }
        if (!hasLog(directory) && blobs) {
            throw missing("The event log in " + directory.log() + " is missing");
        }
    }

    static void requireNoKeysInUse(DataDirectory directory, FileKeyStore keys) {
        if (keys.size() > KEYS_BEFORE_A_LOG) {
            throw missing("The event log in " + directory.log() + " is missing");
        }
    }

    static void requireSameSite(DataDirectory directory, EventLog log) {
        if (!log.site().equals(directory.site())) {
            throw new ConfigurationException("The event log in " + directory.log() + " is of site " + log.site()
                    + ", and the data directory of site " + directory.site() + "; nothing was changed");
        }
    }

    /** @return whether nothing says yet which log the blobs belong to */
    static boolean requireBlobs(DataDirectory directory, EventLog log) throws IOException {
        boolean unknown = !LogWitness.isIn(directory.blobs());
        if (unknown
                && !FilesystemBlobStore.exists(directory.blobs())
                && log.head().value() >= 0) {
            throw missing(
                    "The blobs in " + directory.blobs() + " are missing (to go on without what they held, make the"
                            + " empty file " + LogWitness.FILE_NAME + " there)");
        }
        return unknown;
    }

    private static ConfigurationException missing(String what) {
        return new ConfigurationException(
                what + ", while other parts of the site are here. Mount its volume, or restore the"
                        + " site from a backup into an empty directory. Nothing was changed.");
    }
}

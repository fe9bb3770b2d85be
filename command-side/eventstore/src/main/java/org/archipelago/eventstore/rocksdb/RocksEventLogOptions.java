package org.archipelago.eventstore.rocksdb;

import java.time.Duration;
import org.archipelago.eventstore.LogListener;

/**
 * How a log reacts to failure, and whom it tells.
 *
 * @param maxReopenings how often, in the life of one process, the log is reopened after a failed write before it gives up
 * @param reopenPause waited before each reopening, longer each time by itself
 * @param openCheckRecords how many of the last records are verified before the log is used
 * @param reopenCheckRecords the same after a failed write
 * @param fatal run once, on a thread of its own, when the log has given up: the node closes the log and exits
 */
public record RocksEventLogOptions(
        int maxReopenings,
        Duration reopenPause,
        int openCheckRecords,
        int reopenCheckRecords,
        LogListener listener,
        Runnable fatal) {
    public static RocksEventLogOptions standard(LogListener listener, Runnable fatal) {
        return new RocksEventLogOptions(5, Duration.ofMillis(200), 1_000, 100_000, listener, fatal);
    }
}

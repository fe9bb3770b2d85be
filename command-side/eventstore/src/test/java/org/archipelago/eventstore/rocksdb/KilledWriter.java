package org.archipelago.eventstore.rocksdb;

import java.nio.file.Path;
import java.util.List;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.record.LogRecord;

/** Appends without end and says so of each record once it is acknowledged. */
final class KilledWriter {
    static final int WRITERS = 8;

    private KilledWriter() {}

    public static void main(String[] arguments) throws InterruptedException {
        Records records = new Records();
        RocksEventLog log = TestLogs.create(Path.of(arguments[0]));
        Object output = new Object();
        List<Thread> threads = new java.util.ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            String stream = "w" + writer;
            threads.add(Thread.startVirtualThread(() -> {
                for (int revision = 0; ; revision++) {
                    LogRecord record = records.record(stream, revision, stream + "#" + revision);
                    log.append(List.of(records.pending(record))).join();
                    synchronized (output) {
                        System.out.println(
                                stream + " " + revision + " " + record.header().id());
                        System.out.flush();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}

package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Records;

/** Files of logs for tests that damage them. */
final class TestLogs {
    private TestLogs() {}

    static RocksEventLog create(Path place) {
        return RocksEventLog.create(place, Records.SITE, new Incarnation(UUID.randomUUID()), options());
    }

    static RocksEventLogOptions options() {
        return RocksEventLogOptions.standard(LogListener.NONE, () -> {});
    }

    static void append(RocksEventLog log, PendingRecord... records) {
        log.append(List.of(records)).join();
    }

    static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(to)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().startsWith("LOG")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        return to;
    }

    static List<Path> files(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.getFileName().toString().contains(suffix))
                    .sorted()
                    .toList();
        }
    }

    static Path writeAheadLog(Path directory) throws IOException {
        return files(directory, ".log").getLast();
    }
}

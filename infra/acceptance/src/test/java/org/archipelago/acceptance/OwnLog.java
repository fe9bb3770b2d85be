package org.archipelago.acceptance;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.axon.LogStorageEngine;
import org.archipelago.node.Archive;
import org.archipelago.node.configuration.ConfigurationFile;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;

/**
 * The node's log as its archive wires it: keys made durable in the keystore with the first event of a study, bodies compressed
 * and sealed, SOP Instance UIDs and blobs claimed, a synced write.
 */
final class OwnLog implements BenchedLog {
    private static final int CHUNK_RECORDS = 256;

    private final Archive archive;
    private final LogStorageEngine engine;

    OwnLog(Path data) {
        archive = Archive.open(
                ConfigurationFile.parse("data: " + data, data, "log bench"),
                Clock.systemUTC(),
                (_, _) -> (_, _, _) -> ContentComparison.Result.NOT_COMPARABLE,
                LogListener.NONE,
                () -> {});
        engine = new LogStorageEngine(archive.log(), archive.sealing(), new StudyClaims(archive.names()), List.of());
    }

    StreamNames names() {
        return archive.names();
    }

    @Override
    public EventStorageEngine engine() {
        return engine;
    }

    @Override
    public long count() {
        return archive.log().head().value() + 1;
    }

    @Override
    public long scan() {
        EventLog log = archive.log();
        long records = 0;
        for (List<StoredRecord> chunk = chunk(log, 0); !chunk.isEmpty(); chunk = chunk(log, records)) {
            records += chunk.size();
        }
        return records;
    }

    private static List<StoredRecord> chunk(EventLog log, long from) {
        return log.read(new LocalPosition(from), CHUNK_RECORDS);
    }

    @Override
    public void close() {
        archive.close();
    }
}

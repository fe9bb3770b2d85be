package org.archipelago.federation.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.rejoin.Rejoin;
import org.archipelago.federation.rejoin.SigningFloor;
import org.archipelago.federation.replica.LogLinkService;
import org.archipelago.federation.replica.RefusalJournal;
import org.archipelago.federation.replica.Replica;

/** One site's running program: everything of replication as the node has it, but for threads and sockets. */
final class SimNode {
    final MemoryEventLog log;
    final Checkpoints checkpoints;
    final Map<SiteId, Replica> replicas = new LinkedHashMap<>();
    final RefusalJournal refusals;
    final LinkService service;
    final Rejoin rejoin;

    private final SimRandom random;
    private final List<StreamId> streams = new ArrayList<>();

    SimNode(
            Path directory,
            SiteIdentity identity,
            Collection<VerifierKey> peers,
            Collection<VerifierKey> cosigners,
            List<StoredRecord> durable,
            MemoryEventLog.Disk disk,
            Clock clock,
            SimRandom random) {
        this.random = random;
        this.log = new MemoryEventLog(identity.site(), disk, durable);
        try {
            this.checkpoints = Checkpoints.open(directory.resolve("own"), log, identity, Duration.ofSeconds(1));
            this.refusals = new RefusalJournal(directory.resolve("refusals"), clock);
            for (VerifierKey peer : peers) {
                Replica replica = Replica.open(
                        directory.resolve("replica-" + peer.keyId()),
                        log,
                        peer,
                        new Replica.Witness(identity.signer(), () -> cosigners, clock),
                        refusals);
                replicas.put(replica.origin(), replica);
            }
            this.rejoin = new Rejoin(
                    log,
                    checkpoints,
                    identity.verifierKey(),
                    SimNode::pending,
                    SigningFloor.open(directory.resolve("signing-floor"), identity.verifierKey()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.service = new LogLinkService(log, checkpoints, () -> replicas, LogLinkService.BodyPolicy.ALL);
        for (int stream = 0; stream < 3; stream++) {
            streams.add(new StreamId(identity.site() + "/study/s" + stream));
        }
    }

    /** Some records of its own, acknowledged on return. */
    List<PendingRecord> write() {
        List<PendingRecord> records = new ArrayList<>();
        StreamId stream = random.one(streams);
        long next =
                log.streamHead(stream).map(head -> head.revision().value() + 1).orElse(0L);
        int count = 1 + random.below(4);
        for (int i = 0; i < count; i++) {
            records.add(new PendingRecord(SimRecords.next(random, stream, next + i), List.of()));
        }
        log.append(records).join();
        return records;
    }

    private static PendingRecord pending(LogRecord record) {
        if (record.isWithheld()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "body of a record");
        }
        return new PendingRecord(record, List.of());
    }

    void close() {
        replicas.values().forEach(Replica::close);
        checkpoints.close();
    }
}

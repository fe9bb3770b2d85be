package org.archipelago.federation.recovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.rejoin.LostRecords;
import org.archipelago.keystore.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Before records come into the new log, their keys are asked of every peer: what an event claims is known only once it opens. What nobody
 * can open claims nothing. A peer that gave keys before and stops answering ends the batch, with nothing of it appended.
 */
public final class RecoveredRecords implements LostRecords.Claims {
    private static final Logger LOG = LoggerFactory.getLogger(RecoveredRecords.class);

    private static final int MAX_ATTEMPTS = 3;

    private final KeyStore keys;
    private final OwnKeys ownKeys;
    private final KeySources sources;
    private final LostRecords.Claims opened;
    private final Supplier<? extends Collection<PeerLink>> peers;
    private final Consumer<List<LogRecord>> derived;
    private final LongConsumer taken;

    /**
     * @param opened of a record that can be opened
     * @param derived takes in the keys of records that this site can make itself
     * @param taken hears how many more records have come
     */
    public RecoveredRecords(
            KeyStore keys,
            OwnKeys ownKeys,
            KeySources sources,
            LostRecords.Claims opened,
            Supplier<? extends Collection<PeerLink>> peers,
            Consumer<List<LogRecord>> derived,
            LongConsumer taken) {
        this.keys = keys;
        this.ownKeys = ownKeys;
        this.sources = sources;
        this.opened = opened;
        this.peers = peers;
        this.derived = derived;
        this.taken = taken;
    }

    @Override
    public List<PendingRecord> pending(OriginPosition first, List<LogRecord> given) {
        List<LogRecord> records = new RecoveredBodies(peers.get()).complete(first, given);
        derived.accept(records);
        for (PeerLink link : peers.get()) {
            askOf(link, first, records);
        }
        sources.through(first.value() + records.size());
        List<PendingRecord> pending = new ArrayList<>();
        records.forEach(record -> pending.add(pending(record)));
        taken.accept(records.size());
        return pending;
    }

    /** Without what a peer has to give a record claims nothing, for good: who answered before is waited for. */
    private void askOf(PeerLink link, OriginPosition first, List<LogRecord> records) {
        for (int attempt = 1; ; attempt++) {
            try {
                ownKeys.ask(link, first, records);
                return;
            } catch (ArchiveException e) {
                boolean isWaitedFor = ownKeys.isWaitedFor(link.peer(), e);
                if (isWaitedFor && attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                if (!isWaitedFor) {
                    LOG.warn("site {} gives no keys back: {}", link.peer(), e.getMessage());
                    return;
                }
            }
        }
    }

    @Override
    public PendingRecord pending(LogRecord record) {
        boolean opens = !record.isWithheld() && keys.find(record.header().key()).isPresent();
        return opens ? opened.pending(record) : new PendingRecord(record, List.of());
    }
}

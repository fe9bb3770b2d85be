package org.archipelago.eventstore.rocksdb;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.RecordContents;
import org.archipelago.eventstore.StoredRecord;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * All claims, though their table cannot be read in places: it is read from both ends, and what lies between is folded from the
 * records again. Memory: the claims between.
 */
final class ClaimSalvage {
    private static final int CLAIMS_PER_LOAN = 1_000;
    private static final int RECORDS_PER_LOAN = 256;

    private final StoreAccess access;
    private final RecordContents contents;
    private final EventLog.ClaimVisitor visitor;
    private final SiteId own;
    private final long head;
    private final Map<String, Map<StreamId, Long>> folded = new LinkedHashMap<>();

    ClaimSalvage(StoreAccess access, RecordContents contents, EventLog.ClaimVisitor visitor) {
        this.access = access;
        this.contents = contents;
        this.visitor = visitor;
        this.own = access.identity().site();
        this.head = access.head();
    }

    /** Returns whether all could be read from the table. */
    boolean run() throws IOException {
        Walk forward = walk(true, null);
        if (forward.whole()) {
            return true;
        }
        Walk backward = walk(false, forward.last());
        if (!backward.whole()) {
            fold(forward.last(), backward.last());
        }
        for (Map.Entry<String, Map<StreamId, Long>> claim : folded.entrySet()) {
            long[] holders = claim.getValue().values().stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            visitor.claim(claim.getKey(), holders);
        }
        return false;
    }

    /** @param last key that was read */
    private record Walk(boolean whole, byte @Nullable [] last) {}

    /** @param end of a walk backward, which has been read */
    private Walk walk(boolean forward, byte @Nullable [] end) throws IOException {
        byte @Nullable [] last = null;
        while (true) {
            byte @Nullable [] from = last;
            LogReader.ClaimRun run = access.read(reader -> reader.claims(from, forward, CLAIMS_PER_LOAN));
            for (LogReader.Claim claim : run.claims()) {
                if (end != null && Arrays.compareUnsigned(claim.key(), end) <= 0) {
                    return new Walk(true, last);
                }
                last = claim.key();
                visit(claim);
            }
            if (run.isCutShort() || run.claims().isEmpty()) {
                return new Walk(!run.isCutShort(), last);
            }
        }
    }

    private void visit(LogReader.Claim claim) throws IOException {
        long[] holders =
                Arrays.stream(claim.holders()).filter(holder -> holder <= head).toArray();
        if (holders.length > 0) {
            visitor.claim(Layout.claimName(claim.key()), holders);
        }
    }

    private void fold(byte @Nullable [] after, byte @Nullable [] before) {
        for (long from = 0; from <= head; from += RECORDS_PER_LOAN) {
            long first = from;
            long last = Math.min(head, from + RECORDS_PER_LOAN - 1);
            access.read(reader -> {
                for (long local = first; local <= last; local++) {
                    fold(reader, local, after, before);
                }
                return true;
            });
        }
    }

    /** A record that is damaged or cannot be opened makes no claim that could be found again. */
    private void fold(LogReader reader, long local, byte @Nullable [] after, byte @Nullable [] before) {
        try {
            StoredRecord stored = reader.at(local);
            StreamId stream = stored.record().header().stream();
            if (!stored.record().header().origin().equals(own)) {
                return;
            }
            Optional<List<UniqueClaim>> claims = contents.claimsOf(stored.record());
            for (UniqueClaim claim : claims.orElse(List.of())) {
                if (isBetween(Layout.claimKey(claim.name()), after, before)) {
                    fold(claim, stream, local);
                }
            }
        } catch (ArchiveException | RocksDBException _) {
            // The backup reports damaged records by themselves.
        }
    }

    private void fold(UniqueClaim claim, StreamId stream, long local) {
        Map<StreamId, Long> holders = folded.computeIfAbsent(claim.name(), _ -> new LinkedHashMap<>());
        if (holders.size() < Layout.MAX_CLAIM_HOLDERS) {
            holders.putIfAbsent(stream, local);
        }
    }

    private static boolean isBetween(byte[] key, byte @Nullable [] after, byte @Nullable [] before) {
        return (after == null || Arrays.compareUnsigned(key, after) > 0)
                && (before == null || Arrays.compareUnsigned(key, before) < 0);
    }
}

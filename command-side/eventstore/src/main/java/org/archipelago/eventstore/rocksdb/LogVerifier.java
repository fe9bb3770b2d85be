package org.archipelago.eventstore.rocksdb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.RecordContents;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.Verification;
import org.archipelago.eventstore.VerificationListener;
import org.archipelago.eventstore.record.RecordHeader;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Looks at every record up to the head, singly, so that one bad block does not hide the rest: digests, opening, density of
 * origin positions and revisions, and the index entries and claims of each; then that each index has no entry besides.
 */
final class LogVerifier {
    private static final int RECORDS_PER_LOAN = 256;
    private static final List<Table> INDEXES = List.of(Table.STREAMS, Table.IDS, Table.ORIGINS);

    private final StoreAccess access;
    private final RecordContents contents;
    private final VerificationListener listener;
    private final SiteId own;
    private final long head;
    private final Map<SiteId, Long> nextOfOrigin = new HashMap<>();
    private final List<Verification.Problem> problems = new ArrayList<>();
    private long problemCount;
    private long erased;
    private long unplaced;

    LogVerifier(StoreAccess access, RecordContents contents, VerificationListener listener) {
        this.access = access;
        this.contents = contents;
        this.listener = listener;
        this.own = access.identity().site();
        this.head = access.head();
    }

    Verification run() {
        for (long from = 0; from <= head; from += RECORDS_PER_LOAN) {
            long first = from;
            long last = Math.min(head, from + RECORDS_PER_LOAN - 1);
            access.read(reader -> {
                for (long local = first; local <= last; local++) {
                    verifyAt(reader, local);
                }
                return true;
            });
            listener.verified(last + 1, head + 1);
        }
        for (Table index : INDEXES) {
            access.readStore(store -> verifyIndex(store, index));
        }
        return new Verification(head + 1, erased, List.copyOf(problems), problemCount);
    }

    private void verifyAt(LogReader reader, long local) {
        StoredRecord stored;
        try {
            stored = reader.at(local);
        } catch (ArchiveException e) {
            unplaced++;
            problem(local, e.error() + ", " + e.subject());
            return;
        } catch (RocksDBException e) {
            unplaced++;
            problem(local, "storage engine: " + e.getMessage());
            return;
        }
        try {
            verifyPlaces(reader, stored);
            if (!stored.record().header().origin().equals(own)) {
                return; // what its origin sealed is not for this site to judge, and it claims nothing here
            }
            Optional<List<UniqueClaim>> claims = contents.claimsOf(stored.record());
            if (claims.isEmpty()) {
                erased++;
            } else {
                verifyClaims(reader, stored, claims.get());
            }
        } catch (ArchiveException e) {
            problem(local, e.error() + ", " + e.subject());
        } catch (RocksDBException e) {
            problem(local, "storage engine: " + e.getMessage());
        }
    }

    private void verifyPlaces(LogReader reader, StoredRecord stored) throws RocksDBException {
        RecordHeader header = stored.record().header();
        long local = stored.local().value();
        long originPosition = stored.originPosition().value();
        long skipped = originPosition - nextOfOrigin.getOrDefault(header.origin(), 0L);
        nextOfOrigin.put(header.origin(), originPosition + 1);
        // Records that could not be read had places, too.
        boolean follows = skipped >= 0 && skipped <= unplaced;
        unplaced -= follows ? skipped : 0;
        expect(follows, local, "origin position is not the next of its origin");
        expect(reader.positionOf(header, own).orElse(-1) == local, local, "index of record ids");
        expect(
                reader.positionOf(header.origin(), originPosition).orElse(-1) == local,
                local,
                "index of origin positions");
        expect(
                reader.positionOf(header.stream(), header.revision().value()).orElse(-1) == local,
                local,
                "index of streams");
        if (header.revision().value() > 0) {
            long before = reader.positionOf(header.stream(), header.revision().value() - 1)
                    .orElse(Long.MAX_VALUE);
            expect(before < local, local, "record before it in its stream");
        }
    }

    private void verifyClaims(LogReader reader, StoredRecord stored, List<UniqueClaim> claims) throws RocksDBException {
        for (UniqueClaim claim : claims) {
            long[] holders = reader.claimants(claim.name());
            boolean held = holders.length >= Layout.MAX_CLAIM_HOLDERS;
            for (long holder : holders) {
                held |= holder <= stored.local().value()
                        && reader.at(holder).record().header().stream().equals(stored.record().header().stream());
            }
            expect(held, stored.local().value(), "claim of its event");
        }
    }

    private boolean verifyIndex(RocksStore store, Table index) throws RocksDBException {
        long entries = 0;
        try (RocksIterator iterator = store.iterate(index)) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                if (Layout.position(iterator.value()) <= head) {
                    entries++;
                }
            }
            iterator.status();
        } catch (RocksDBException e) {
            problem(-1, index + " cannot be read: " + e.getMessage());
            return false;
        }
        expect(entries == head + 1, -1, index + " has " + entries + " entries for " + (head + 1) + " records");
        return true;
    }

    private void expect(boolean condition, long local, String what) {
        if (!condition) {
            problem(local, what);
        }
    }

    private void problem(long local, String what) {
        problemCount++;
        if (problems.size() < Verification.MAX_PROBLEMS) {
            problems.add(new Verification.Problem(local, what));
        }
    }
}

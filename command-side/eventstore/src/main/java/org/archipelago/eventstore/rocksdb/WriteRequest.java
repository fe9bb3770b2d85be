package org.archipelago.eventstore.rocksdb;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.record.LogRecord;

/** What waits for the writer. Its future is completed exactly once, whatever happens. */
sealed interface WriteRequest {
    void fail(Throwable cause);

    long lengthBytes();

    /** @param only origin position of the first record, when it may have no other */
    record Append(
            List<PendingRecord> records,
            Optional<OriginPosition> only,
            long lengthBytes,
            CompletableFuture<LocalPosition> result)
            implements WriteRequest {
        static Append of(List<PendingRecord> records) {
            return of(records, Optional.empty());
        }

        static Append of(List<PendingRecord> records, Optional<OriginPosition> only) {
            long length =
                    records.stream().mapToLong(r -> r.record().lengthBytes()).sum();
            return new Append(List.copyOf(records), only, length, new CompletableFuture<>());
        }

        @Override
        public void fail(Throwable cause) {
            result.completeExceptionally(cause);
        }
    }

    record Replica(
            SiteId origin,
            OriginPosition first,
            List<LogRecord> records,
            long lengthBytes,
            CompletableFuture<LocalPosition> result)
            implements WriteRequest {
        static Replica of(SiteId origin, OriginPosition first, List<LogRecord> records) {
            long length = records.stream().mapToLong(LogRecord::lengthBytes).sum();
            return new Replica(origin, first, List.copyOf(records), length, new CompletableFuture<>());
        }

        @Override
        public void fail(Throwable cause) {
            result.completeExceptionally(cause);
        }
    }

    record Body(SiteId origin, OriginPosition position, byte[] body, CompletableFuture<Boolean> result)
            implements WriteRequest {
        @Override
        public void fail(Throwable cause) {
            result.completeExceptionally(cause);
        }

        @Override
        public long lengthBytes() {
            return body.length;
        }
    }

    record Snapshot(StreamId stream, byte[] snapshot, CompletableFuture<Void> result) implements WriteRequest {
        @Override
        public void fail(Throwable cause) {
            result.completeExceptionally(cause);
        }

        @Override
        public long lengthBytes() {
            return snapshot.length;
        }
    }
}

package org.archipelago.node.federation.copies;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.link.BlobLink;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.member.SiteDescriptor;

/**
 * The members that may be asked for a blob, best first: its origin, then the others, those that failed lately last. They have links of
 * their own, so that pixels hold up no records. Thread-safe.
 */
public final class BlobHolders implements AutoCloseable {
    /** Calls to one member at once: it takes 16 of this site, and some are for records. */
    private static final int MAX_CALLS = 6;

    private static final Duration CALL_WAIT = Duration.ofSeconds(60);
    private static final Duration AWAY = Duration.ofSeconds(10);
    private static final Duration NOT_BELIEVED = Duration.ofMinutes(5);

    private final Supplier<List<SiteDescriptor>> members;
    private final Function<SiteDescriptor, BlobLink> links;
    private final long bytesPerSecond;
    private final LongSupplier nanos;
    private final Map<SiteId, Holder> open = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param links how a member that takes calls is called
     * @param bytesPerSecond that come from one member; 0: any
     */
    public BlobHolders(
            Supplier<List<SiteDescriptor>> members,
            Function<SiteDescriptor, BlobLink> links,
            long bytesPerSecond,
            LongSupplier nanos) {
        this.members = members;
        this.links = links;
        this.bytesPerSecond = bytesPerSecond;
        this.nanos = nanos;
    }

    /** One member. */
    final class Holder {
        private final SiteDescriptor member;
        private final BlobLink link;
        private final Semaphore room = new Semaphore(MAX_CALLS, true);
        private final LinkRate rate = new LinkRate(bytesPerSecond, nanos);
        private volatile Optional<Long> avoidedUntil = Optional.empty();

        private Holder(SiteDescriptor member) {
            this.member = member;
            this.link = links.apply(member);
        }

        SiteId site() {
            return member.site();
        }

        /** As {@link BlobLink#blob}. */
        BlobPart blob(SiteId origin, BlobId blob, long from, int maxBytes) {
            try {
                if (!room.tryAcquire(CALL_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new ArchiveException(ArchiveError.OVERLOADED, "calls for blobs");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "call for a blob", e);
            }
            try {
                BlobPart part = link.blob(origin, blob, from, maxBytes);
                if (closed.await(rate.take(part.bytes().length), TimeUnit.NANOSECONDS)) {
                    throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "call for a blob");
                }
                return part;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "call for a blob", e);
            } finally {
                room.release();
            }
        }

        /** It is asked after the others for some time. */
        void failed(ArchiveError why) {
            switch (why) {
                case PEER_MISBEHAVED -> avoid(NOT_BELIEVED);
                case PEER_UNAVAILABLE, NOT_AUTHORIZED -> avoid(AWAY);
                default -> {
                    // It does not hold this one; or the fault is on this side.
                }
            }
        }

        private void avoid(Duration time) {
            avoidedUntil = Optional.of(nanos.getAsLong() + time.toNanos());
        }

        private boolean isAvoided() {
            return avoidedUntil.filter(until -> until - nanos.getAsLong() > 0).isPresent();
        }
    }

    /** Who is a member now and takes calls. */
    List<Holder> of(SiteId origin) {
        return of(origin, Set.of());
    }

    /** @param holding who say that they hold it: asked after the origin, before the others */
    synchronized List<Holder> of(SiteId origin, Set<SiteId> holding) {
        if (closed.getCount() == 0) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "calls for blobs");
        }
        List<SiteDescriptor> callable = members.get().stream()
                .filter(member -> member.address().isPresent())
                .toList();
        open.values().removeIf(holder -> {
            boolean gone = !callable.contains(holder.member);
            if (gone) {
                holder.link.close();
            }
            return gone;
        });
        List<Holder> holders = new ArrayList<>();
        callable.forEach(member -> holders.add(open.computeIfAbsent(member.site(), _ -> new Holder(member))));
        holders.sort(Comparator.comparing(Holder::isAvoided)
                .thenComparing(holder -> !holder.site().equals(origin))
                .thenComparing(holder -> !holding.contains(holder.site())));
        return holders;
    }

    /** Calls that are under way end. */
    @Override
    public synchronized void close() {
        closed.countDown();
        open.values().forEach(holder -> holder.link.close());
        open.clear();
    }
}

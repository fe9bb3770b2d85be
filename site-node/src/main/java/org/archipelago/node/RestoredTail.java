package org.archipelago.node;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.recovery.ClosedRecords;
import org.archipelago.federation.recovery.KeySources;
import org.archipelago.federation.recovery.LogRecovery;
import org.archipelago.federation.recovery.LogRecovery.Known;
import org.archipelago.federation.recovery.LostKeys;
import org.archipelago.federation.recovery.OwnKeys;
import org.archipelago.federation.recovery.RecoveredLog;
import org.archipelago.federation.recovery.RecoveredRecords;
import org.archipelago.federation.rejoin.LostRecords;
import org.archipelago.federation.rejoin.SeenOfUs;
import org.archipelago.node.configuration.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What members hold of the log of a site that was restored from a backup, and that the backup did not have, comes back before the node
 * records anything: a single record of its own in that place would part this log from the one that the site has signed. For one thread.
 */
final class RestoredTail {
    private static final Logger LOG = LoggerFactory.getLogger(RestoredTail.class);
    private static final int CHUNK_RECORDS = 4096;
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Archive archive;
    private final SiteFederation federation;
    private final Duration wait;
    private final Clock clock;
    private final Map<SiteDescriptor, PeerLink> answering = new ConcurrentHashMap<>();
    private final KeySources sources;
    private final OwnKeys ownKeys;

    private RestoredTail(Archive archive, SiteFederation federation, Duration wait, Clock clock) throws IOException {
        this.archive = archive;
        this.federation = federation;
        this.wait = wait;
        this.clock = clock;
        this.sources = KeySources.open(archive.directory().keySources());
        this.ownKeys = new OwnKeys(archive.names(), federation.recipient(), archive.keys(), archive.sealing(), sources);
    }

    /**
     * Of a node that does not run yet; does nothing for a site that is not as it was restored. Waits for members that do not answer, for as
     * long as configured. What could not be had is no reason not to start.
     */
    static void takeBack(Configuration configuration, Clock clock) throws IOException {
        boolean isAwaited = configuration.federation().takeBackWaitSeconds() > 0;
        if (!isAwaited || !DataDirectory.isRestoredFromBackup(configuration.data())) {
            return;
        }
        try (Archive archive = Archive.offline(configuration, clock, Comparison.configured(configuration));
                SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            Duration wait = Duration.ofSeconds(configuration.federation().takeBackWaitSeconds());
            new RestoredTail(archive, federation, wait, clock).run();
        }
    }

    private void run() throws IOException {
        try {
            Set<SiteDescriptor> asked = new HashSet<>();
            List<SiteDescriptor> more = callable(asked);
            while (!more.isEmpty()) {
                long before = size();
                connect(more);
                asked.addAll(more);
                takeBackWhatAnswers();
                if (size() > before) {
                    // Who is a member by what has come may have seen more, and hold keys that the others do not.
                    federation.peers().refresh();
                }
                more = callable(asked);
            }
            if (Files.exists(archive.directory().takingBack())) {
                account();
            }
        } catch (ArchiveException e) {
            LOG.error("What came back of this site's log is not accounted for yet; the next start does that", e);
        } finally {
            answering.values().forEach(PeerLink::close);
        }
    }

    private List<SiteDescriptor> callable(Set<SiteDescriptor> asked) {
        return federation.peers().members().stream()
                .filter(member -> member.address().isPresent() && !asked.contains(member))
                .toList();
    }

    private long size() {
        return archive.log().originHead(archive.log().site()).value() + 1;
    }

    /** All at once: each is asked until it answers, or the time is over. */
    private void connect(List<SiteDescriptor> members) {
        long deadline = System.nanoTime() + wait.toNanos();
        CountDownLatch silent = new CountDownLatch(members.size());
        List<Thread> asking = new ArrayList<>();
        for (SiteDescriptor member : members) {
            asking.add(Thread.ofVirtual().name("restored-" + member.label()).start(() -> {
                try {
                    connect(member, deadline);
                } finally {
                    silent.countDown();
                }
            }));
        }
        try {
            silent.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        asking.forEach(Thread::interrupt);
    }

    private void connect(SiteDescriptor member, long deadline) {
        PeerLink link = federation.link(member);
        while (System.nanoTime() < deadline && !Thread.currentThread().isInterrupted()) {
            if (SeenOfUs.by(link, archive.log().site(), federation.identity().verifierKey())
                    .isPresent()) {
                answering.put(member, link);
                return;
            }
            if (!paused()) {
                break;
            }
        }
        link.close();
        LOG.warn("site {} does not say what it holds of this site, which was restored from a backup", member.label());
    }

    private static boolean paused() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Tried again as long as more comes, and then as long as is waited for an answer. */
    private void takeBackWhatAnswers() throws IOException {
        if (answering.isEmpty()) {
            return;
        }
        long before = size();
        long deadline = System.nanoTime() + wait.toNanos();
        Optional<ArchiveException> failure = attempt();
        while (failure.filter(RestoredTail::mayPass).isPresent() && System.nanoTime() < deadline && paused()) {
            long now = size();
            deadline = now > before ? System.nanoTime() + wait.toNanos() : deadline;
            before = now;
            failure = attempt();
        }
        failure.ifPresent(e -> LOG.error(
                "What members hold of this site's log could not be taken back before the start: {}", e.getMessage()));
    }

    private static boolean mayPass(ArchiveException failure) {
        return failure.error() == ArchiveError.PEER_UNAVAILABLE;
    }

    private Optional<ArchiveException> attempt() throws IOException {
        try {
            LogRecovery recovery = new LogRecovery(
                    archive.log().site(),
                    federation.checkpoints(),
                    federation.identity().verifierKey(),
                    new LostRecords(
                            archive.log(),
                            federation.checkpoints(),
                            new RecoveredRecords(
                                    archive.keys(),
                                    ownKeys,
                                    sources,
                                    archive::pending,
                                    answering::values,
                                    archive::adoptSiteKeys,
                                    _ -> {})),
                    federation.floor());
            Known known = recovery.ask(answering.values());
            long most = known.served().stream()
                    .mapToLong(one -> one.checkpoint().size())
                    .max()
                    .orElse(0);
            long before = size();
            if (most > before) {
                markTakingBack();
                recovery.takeBack(known);
                LOG.warn("{} records that the backup did not have were taken back from members", size() - before);
            }
            return Optional.empty();
        } catch (ArchiveException e) {
            return Optional.of(e);
        }
    }

    /** Before the first one comes; durable. */
    private void markTakingBack() throws IOException {
        if (!Files.exists(archive.directory().takingBack())) {
            DurableFile.createDirectories(Objects.requireNonNull(
                    archive.directory().takingBack().toAbsolutePath().getParent()));
            DurableFile.replace(archive.directory().takingBack(), new byte[0]);
        }
    }

    /** Of blobs that the backup does not have, which the node brings back, and of keys that nobody gave. */
    private void account() throws IOException {
        answering.values().forEach(this::keysOf);
        ClosedRecords closed = ClosedRecords.of(archive.log(), archive.keys(), archive.sealing());
        LostKeys lost = LostKeys.read(archive.directory().lostKeys()).and(LostKeys.of(closed.keys(), closed.uses()));
        DurableFile.replace(archive.directory().lostKeys(), lost.toBytes());
        Checkpoint here = federation.checkpoints().here();
        Checkpoint seen =
                federation.floor().seen().map(SignedCheckpoint::checkpoint).orElse(here);
        new RecoveredLog(here.size(), here.root(), seen.size(), seen.root(), clock.instant(), closed.byKind(), silent())
                .write(archive.directory().recoveredLog());
        DurableFile.delete(archive.directory().takingBack());
    }

    private List<SiteId> silent() {
        return federation.peers().members().stream()
                .filter(member -> !answering.containsKey(member))
                .map(SiteDescriptor::site)
                .toList();
    }

    /** One that became known late may have what the others do not. */
    private void keysOf(PeerLink link) {
        try {
            long next = 0;
            List<StoredRecord> chunk = chunk(next);
            while (!chunk.isEmpty()) {
                ownKeys.ask(
                        link,
                        new OriginPosition(next),
                        chunk.stream().map(StoredRecord::record).toList());
                next += chunk.size();
                chunk = chunk(next);
            }
        } catch (ArchiveException e) {
            LOG.warn("site {} gives no more keys back: {}", link.peer(), e.getMessage());
        }
    }

    private List<StoredRecord> chunk(long from) {
        return archive.log().readOrigin(archive.log().site(), new OriginPosition(from), CHUNK_RECORDS);
    }
}

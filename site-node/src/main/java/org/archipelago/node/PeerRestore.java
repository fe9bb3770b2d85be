package org.archipelago.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.domain.federation.Members;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
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
import org.archipelago.federation.rejoin.SigningFloor;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.federation.link.HttpPeerLink;
import org.archipelago.node.federation.link.PeerTimes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a site's log and keys back from its peers, with the site's identity at hand and nothing else. For one thread. */
final class PeerRestore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerRestore.class);
    private static final int CHUNK_RECORDS = 4096;
    private static final String SITE = "site";

    private final RecoveringSite site;
    private final Progress progress;
    private final Clock clock;
    private final List<PeerLink> links = new ArrayList<>();
    private final Set<SiteId> asked = new HashSet<>();
    private final KeySources sources;
    private final OwnKeys ownKeys;
    private final SigningFloor floor;
    private final Set<SiteId> without;

    /** @param without members that need not answer, and are not asked */
    PeerRestore(
            RecoveringSite site, List<SiteDescriptor> from, Collection<SiteId> without, Progress progress, Clock clock)
            throws IOException {
        this.floor = site.floor();
        this.without = Set.copyOf(without);
        this.asked.addAll(without);
        this.site = site;
        this.progress = progress;
        this.clock = clock;
        this.sources = KeySources.open(site.directory().keySources());
        this.ownKeys = new OwnKeys(site.names(), site.identity().recipient(), site.keys(), site.sealing(), sources);
        link(from);
    }

    private List<PeerLink> link(List<SiteDescriptor> peers) {
        List<PeerLink> more = new ArrayList<>();
        for (SiteDescriptor peer : peers) {
            if (peer.address().isPresent() && asked.add(peer.site())) {
                more.add(new HttpPeerLink(
                        peer.site(),
                        peer.address().get(),
                        peer.tls(),
                        site.identity().tls(),
                        PeerTimes.IGNORED,
                        clock));
            }
        }
        links.addAll(more);
        return more;
    }

    /**
     * On return a node can be started. May be ended at any point, and run again.
     *
     * @throws ArchiveException as {@link LogRecovery#ask} and {@link LogRecovery#takeBack}
     */
    RecoveredLog run() throws IOException {
        Known known = takeBack();
        for (List<PeerLink> more = link(members()); !more.isEmpty(); more = link(members())) {
            // Who is a member by what has come may have seen more, and hold keys that the others do not.
            if (keysOf(more)) {
                site.emptyLog();
            }
            known = takeBack();
        }
        // An attempt before this one, or a peer that was silent for a while, may have left keys behind.
        if (keysOf(links)) {
            site.emptyLog();
            known = takeBack();
        }
        ClosedRecords closed = ClosedRecords.of(site.log(), site.keys(), site.sealing());
        requireOwnStreams(closed);
        SignedCheckpoint here = site.checkpoints().latest().orElseThrow();
        SignedCheckpoint seen = known.largest().orElse(here);
        List<SiteId> silent = silent(known);
        floor.await(silent);
        RecoveredLog recovered = new RecoveredLog(
                here.size(),
                here.checkpoint().root(),
                seen.size(),
                seen.checkpoint().root(),
                clock.instant(),
                closed.byKind(),
                silent);
        recovered.write(site.directory().recoveredLog());
        site.finish(LostKeys.of(closed.keys(), closed.uses()));
        return recovered;
    }

    /** Who may have seen more of this site than is here, and was not named as one to go without. */
    private List<SiteId> silent(Known known) {
        return members().stream()
                .map(SiteDescriptor::site)
                .filter(member -> !known.heard().contains(member) && !without.contains(member))
                .toList();
    }

    /** A node cannot go on in streams of its own that it cannot open. */
    private static void requireOwnStreams(ClosedRecords closed) {
        if (closed.byKind().containsKey(SITE)) {
            throw new CommandFailure(
                    "The keys of the site's own records were made before they followed from site.secret, and no peer has"
                            + " them. Empty the data directory, and run this again with a backup of the keys: --keys DIR.");
        }
    }

    private Known takeBack() {
        LogRecovery recovery = new LogRecovery(
                site.directory().site(),
                site.checkpoints(),
                site.identity().signing().verifierKey(),
                new LostRecords(
                        site.log(),
                        site.checkpoints(),
                        new RecoveredRecords(
                                site.keys(),
                                ownKeys,
                                sources,
                                site::pending,
                                () -> links,
                                site.keys()::adoptSiteKeys,
                                progress::advance)),
                floor);
        Known known = recovery.ask(links);
        known.served().stream()
                .findFirst()
                .ifPresent(most -> progress.total(
                        most.checkpoint().size() - site.checkpoints().here().size()));
        recovery.takeBack(known);
        return known;
    }

    /** @return whether any of them opens records that could not be opened when they came */
    private boolean keysOf(List<PeerLink> more) throws IOException {
        site.claimsMayLack();
        long before = ownKeys.opening();
        for (PeerLink link : more) {
            try {
                eachChunk(chunk -> ownKeys.ask(
                        link,
                        chunk.getFirst().originPosition(),
                        chunk.stream().map(StoredRecord::record).toList()));
            } catch (ArchiveException e) {
                if (ownKeys.isWaitedFor(link.peer(), e)) {
                    throw e;
                }
                LOG.warn("site {} gives no keys back: {}", link.peer(), e.getMessage());
            }
        }
        sources.through(site.log().originHead(site.directory().site()).value() + 1);
        boolean opensMore = ownKeys.opening() > before;
        if (!opensMore) {
            site.claimsAreWhole();
        }
        return opensMore;
    }

    private void eachChunk(Consumer<List<StoredRecord>> action) {
        long next = 0;
        List<StoredRecord> chunk = chunk(next);
        while (!chunk.isEmpty()) {
            action.accept(chunk);
            next += chunk.size();
            chunk = chunk(next);
        }
    }

    private List<StoredRecord> chunk(long from) {
        return site.log().readOrigin(site.directory().site(), new OriginPosition(from), CHUNK_RECORDS);
    }

    /** By this site's own log, as far as it is here. */
    private List<SiteDescriptor> members() {
        StreamId stream = site.names().site("peers");
        Members members = Members.NONE;
        List<StoredRecord> chunk = site.log().readStream(stream, new Revision(0), CHUNK_RECORDS);
        while (!chunk.isEmpty()) {
            for (StoredRecord stored : chunk) {
                boolean opens = !stored.record().isWithheld()
                        && site.keys().find(stored.record().header().key()).isPresent();
                if (opens && site.sealing().open(stored.record()).payload() instanceof PeerEvent event) {
                    members = members.apply(event);
                }
            }
            long last = chunk.getLast().record().header().revision().value();
            chunk = site.log().readStream(stream, new Revision(last + 1), CHUNK_RECORDS);
        }
        return members.descriptors().values().stream()
                .map(note -> SiteDescriptor.parse(note.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    KeySources sources() {
        return sources;
    }

    @Override
    public void close() {
        links.forEach(PeerLink::close);
    }
}

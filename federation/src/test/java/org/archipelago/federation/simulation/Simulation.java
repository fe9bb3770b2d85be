package org.archipelago.federation.simulation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.rejoin.RejoinState;
import org.archipelago.federation.replica.Replica;
import org.archipelago.federation.replica.ReplicaState;
import org.archipelago.federation.simulation.SimLink.Faults;

/**
 * Some sites that write, sign, pull from each other, crash and lose each other, one of which may lie or run twice, in one thread; everything
 * that happens follows from the seed. At the end all faults cease, and everything must have come everywhere.
 */
final class Simulation {
    private static final int STEPS = 120;
    private static final int MAX_PULLS = 500;
    private static final int ROUNDS_TO_CONVERGE = 12;

    private final SimRandom random;
    private final List<SimSite> sites = new ArrayList<>();
    private final Set<List<SiteId>> cut = new HashSet<>();
    private final Invariants invariants = new Invariants();
    private final Faults faults;
    private final int liar;
    private final boolean twins;
    private final boolean restores;
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private boolean healed;

    Simulation(Path directory, long seed) {
        this.random = new SimRandom(seed);
        int count = 3 + random.below(2);
        for (int i = 0; i < count; i++) {
            sites.add(new SimSite(directory.resolve("site-" + i), new SiteId(random.uuid()), random));
        }
        // To verify them takes most of a run's time: in some runs only.
        List<VerifierKey> cosigners = random.chance(0.2)
                ? sites.stream().map(site -> site.identity.cosignerKey()).toList()
                : List.of();
        for (SimSite site : sites) {
            List<VerifierKey> others = sites.stream()
                    .filter(other -> other != site)
                    .map(other -> other.identity.verifierKey())
                    .toList();
            site.knows(others, cosigners);
            site.mayCrash(random.chance(0.5) ? 0.02 : 0);
            site.start();
        }
        this.faults = new Faults(random.below(3) * 0.1, random.below(3) * 0.1, random.below(3) * 0.1, false);
        this.liar = random.chance(0.4) ? random.below(count) : -1;
        this.twins = random.chance(0.25);
        this.restores = !twins && random.chance(0.4);
    }

    /** @throws Invariants.Violation or whatever else a step should not end with */
    Map<String, Integer> run() {
        try {
            int splitAt = twins ? random.below(STEPS) : -1;
            for (int step = 0; step < STEPS; step++) {
                if (step == splitAt) {
                    SimSite twin = random.one(sites).startTwin();
                    sites.forEach(site -> invariants.noteSigned(site));
                    invariants.noteSigned(twin);
                    count("twin");
                }
                step();
                invariants.check(sites);
            }
            heal();
            for (int round = 0; round < ROUNDS_TO_CONVERGE && (everyonePulls() || round < 3); round++) {
                invariants.check(sites);
            }
            invariants.checkAcknowledged(sites);
            invariants.checkConverged(sites);
            sites.forEach(
                    site -> count("refusals", (int) site.running().refusals.count()));
            sites.forEach(site ->
                    count("ended " + site.running().rejoin.state().getClass().getSimpleName()));
            return counts;
        } finally {
            sites.stream().flatMap(site -> site.histories().stream()).forEach(SimSite::stop);
        }
    }

    private void count(String what) {
        count(what, 1);
    }

    private void count(String what, int times) {
        counts.merge(what, times, Integer::sum);
    }

    private void step() {
        SimSite chosen = random.one(sites);
        SimSite site = random.one(chosen.histories());
        switch (random.below(14)) {
            case 0, 1, 2 -> guarded(site, () -> write(site));
            case 3, 4 -> guarded(site, () -> sign(site));
            case 5, 6, 7, 8 -> guarded(site, () -> pull(site, random.one(sites)));
            case 9 -> guarded(site, () -> listen(site, random.one(sites)));
            case 10 -> disturb(site);
            case 11 -> guarded(site, () -> rejoin(site));
            default -> site.clock.shift((random.below(3) - 1) * (random.chance(0.1) ? 31_536_000L : 5L));
        }
    }

    private void disturb(SimSite site) {
        switch (random.below(restores ? 6 : 4)) {
            case 4 -> {
                site.backUp();
                count("backup");
            }
            case 5 -> {
                if (site.restore()) {
                    invariants.restored(site, sites);
                    count("restore");
                }
            }
            case 0 -> {
                site.crash();
                count("crash");
            }
            case 1 -> {
                site.stop();
                count("stop");
            }
            case 2 -> {
                cut.add(List.of(site.id(), random.one(sites).id()));
                count("cut");
            }
            default -> cut.clear();
        }
        if (random.chance(0.7)) {
            site.start();
        }
    }

    /** The site does something, if it runs; it may end in the middle. */
    private void guarded(SimSite site, Runnable act) {
        if (site.node().isEmpty()) {
            if (random.chance(0.3)) {
                site.start();
            }
            return;
        }
        try {
            act.run();
        } catch (SimulatedCrash _) {
            site.crash();
            count("crash in a write");
        }
    }

    private void write(SimSite site) {
        List<PendingRecord> written = site.running().write();
        written.forEach(pending ->
                invariants.acknowledged(site, pending.record().header().id()));
        count("records", written.size());
    }

    private void sign(SimSite site) {
        try {
            site.running().checkpoints.advance();
        } catch (ArchiveException e) {
            count("signing " + e.error());
        }
        invariants.noteSigned(site);
        count("signings");
    }

    private void rejoin(SimSite site) {
        List<SimLink> links = sites.stream()
                .filter(other -> !other.id().equals(site.id()))
                .map(other -> link(site, other))
                .toList();
        RejoinState state = site.running().rejoin.ask(links);
        count("rejoin " + state.getClass().getSimpleName());
        if (state instanceof RejoinState.Confirmed && invariants.confirmedBesideAnother(site, sites)) {
            count("confirmed beside another history");
        }
        invariants.noteSigned(site);
    }

    private SimLink link(SimSite caller, SimSite peer) {
        // Which of two twins answers depends on who asks.
        List<SimSite> histories = peer.histories();
        SimSite reached = histories.get(
                histories.size() == 1
                        ? 0
                        : healed ? random.below(2) : Math.floorMod(caller.id().hashCode(), 2));
        Faults here = healed ? Faults.NONE : faults;
        boolean lies = !healed && liar >= 0 && sites.get(liar) == peer;
        return new SimLink(
                caller.id(),
                peer.id(),
                () -> isCut(caller, peer) ? java.util.Optional.empty() : reached.service(),
                random,
                new Faults(here.lost(), here.late(), here.altered(), lies),
                peer.earlier.computeIfAbsent(caller.id(), _ -> new HashMap<>()));
    }

    private boolean isCut(SimSite one, SimSite other) {
        return cut.contains(List.of(one.id(), other.id())) || cut.contains(List.of(other.id(), one.id()));
    }

    /** @return whether anything was taken in, or refused */
    private boolean pull(SimSite site, SimSite from) {
        if (site.id().equals(from.id())) {
            return false;
        }
        SimLink link = link(site, from);
        boolean any = false;
        for (Replica replica : site.running().replicas.values()) {
            ReplicaState before = replica.state();
            try {
                boolean taken = replica.pull(link, Duration.ZERO);
                any |= taken;
                count(taken ? "pulls" : "empty pulls");
            } catch (ArchiveException e) {
                count("pull " + e.error());
            }
            any |= !replica.state().equals(before);
        }
        return any;
    }

    private void listen(SimSite site, SimSite to) {
        if (site.id().equals(to.id())) {
            return;
        }
        SimLink link = link(site, to);
        try {
            for (OriginHead head : link.heads()) {
                Replica replica = site.running().replicas.get(head.origin());
                if (replica != null) {
                    replica.heard(head.checkpoint(), link);
                }
            }
        } catch (ArchiveException e) {
            count("heard " + e.error());
        }
    }

    private void heal() {
        healed = true;
        cut.clear();
        sites.stream().flatMap(site -> site.histories().stream()).forEach(site -> {
            site.mayCrash(0);
            site.start();
        });
    }

    /** @return whether anything has changed; a twin may answer the next time */
    private boolean everyonePulls() {
        boolean any = false;
        for (SimSite site : sites) {
            for (SimSite history : site.histories()) {
                rejoin(history);
                sign(history);
            }
            for (SimSite other : sites) {
                listen(site, other);
                int tries = other.twin().isPresent() ? 4 : 1;
                for (int i = 0; i < tries; i++) {
                    int pulls = 0;
                    while (pull(site, other)) {
                        any = true;
                        if (++pulls > MAX_PULLS) {
                            throw new Invariants.Violation(site.id() + " never has enough of " + other.id());
                        }
                    }
                }
            }
        }
        return any;
    }
}

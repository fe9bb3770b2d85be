package org.archipelago.node.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.archipelago.node.cli.NetworkOperations.RecoveredSite;

/** The sites of a demo that runs: starts their nodes, does what other terminals ask of them, and stops them at the end. */
final class DemoSites implements AutoCloseable {
    private static final long LOOK_AFTER_MS = 300;

    private final NodeCommand command;
    private final DemoControl control;
    private final Map<DemoSite, Path> configurations;
    private final DemoRecovery recovery;
    private final Terminal terminal;
    private final Map<DemoSite, SiteProcess> running = new EnumMap<>(DemoSite.class);
    private boolean ended;

    /** @param configurations of the sites that are to run, by site */
    DemoSites(
            NodeCommand command,
            DemoControl control,
            Map<DemoSite, Path> configurations,
            DemoRecovery recovery,
            Terminal terminal) {
        this.command = command;
        this.control = control;
        this.configurations = configurations;
        this.recovery = recovery;
        this.terminal = terminal;
    }

    List<DemoSite> all() {
        return List.copyOf(configurations.keySet());
    }

    /** All at once, and those that an earlier demo lost from the others; on return each takes objects and answers requests. */
    void start() throws IOException {
        List<DemoSite> lost = all().stream().filter(recovery::isLost).toList();
        List<DemoSite> whole =
                all().stream().filter(site -> !lost.contains(site)).toList();
        for (DemoSite site : whole) {
            launch(site);
        }
        for (DemoSite site : whole) {
            awaitReady(site);
        }
        for (DemoSite site : lost) {
            bringBack(site);
        }
    }

    /** Returns at once. */
    synchronized void launch(DemoSite site) throws IOException {
        if (ended) {
            throw interrupted();
        }
        Path configuration = Objects.requireNonNull(configurations.get(site));
        SiteProcess process = SiteProcess.launch(site, command.of(configuration, configurations.size()), configuration);
        running.put(site, process);
        control.say(site, new SiteState(SiteState.Kind.STARTING, process.pid()));
    }

    private void awaitReady(DemoSite site) throws IOException {
        SiteProcess process = process(site).orElseThrow(DemoSites::interrupted);
        try {
            process.awaitReady();
        } catch (CommandFailure e) {
            throw isEnded() ? interrupted() : e;
        }
        control.say(site, new SiteState(SiteState.Kind.RUNNING, process.pid()));
    }

    private static CommandFailure interrupted() {
        return new CommandFailure("Interrupted.", CommandFailure.INTERRUPTED);
    }

    private synchronized Optional<SiteProcess> process(DemoSite site) {
        return Optional.ofNullable(running.get(site));
    }

    /**
     * Does what is asked in other terminals, until the last node that runs has ended by itself.
     *
     * @return its exit code
     */
    int attend() throws IOException, InterruptedException {
        while (true) {
            for (DemoSite site : all()) {
                Optional<DemoControl.Request> asked = control.asked(site);
                if (asked.isPresent()) {
                    answer(site, asked.get());
                    control.done(site);
                }
                Optional<Integer> code = ended(site);
                if (code.isPresent() && isNobodyThere()) {
                    return code.get();
                }
            }
            Thread.sleep(LOOK_AFTER_MS);
        }
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    private synchronized boolean isNobodyThere() {
        return running.isEmpty();
    }

    /** What fails is said here, and seen there. */
    private void answer(DemoSite site, DemoControl.Request asked) throws IOException, InterruptedException {
        try {
            switch (asked) {
                case STOP -> stop(site);
                case START -> startAgain(site);
                case LOSE -> lose(site);
                case RESTORE -> bringBack(site);
            }
        } catch (CommandFailure e) {
            terminal.line(String.valueOf(e.getMessage()));
        }
    }

    private void stop(DemoSite site) throws IOException, InterruptedException {
        Optional<SiteProcess> process = process(site);
        if (process.isPresent()) {
            process.get().end();
            process.get().awaitEnd();
            gone(site);
            terminal.line("Site " + site + " stopped.");
        }
    }

    private void startAgain(DemoSite site) throws IOException {
        if (process(site).isEmpty()) {
            launch(site);
            try {
                awaitReady(site);
            } catch (CommandFailure e) {
                gone(site);
                throw e;
            }
            terminal.line("Site " + site + " runs again.");
        }
    }

    private void lose(DemoSite site) throws IOException, InterruptedException {
        if (all().size() < 2) {
            throw new CommandFailure("There is no other site that could bring " + site + " back; nothing was deleted.");
        }
        stop(site);
        recovery.lose(site);
        gone(site);
        terminal.line("Site " + site + " burnt down: its data is deleted, its identity is kept.");
    }

    private void bringBack(DemoSite site) throws IOException {
        List<DemoSite> others;
        synchronized (this) {
            others = List.copyOf(running.keySet());
        }
        Optional<RecoveredSite> recovered;
        try {
            recovered = recovery.restore(site, others);
        } finally {
            gone(site);
        }
        startAgain(site);
        recovered.ifPresent(came -> terminal.line(came.records() + " of " + came.seen() + " records of " + site
                + " came back, with the keys that its neighbours had; its images follow by themselves."));
    }

    private synchronized void gone(DemoSite site) throws IOException {
        running.remove(site);
        control.say(site, recovery.isLost(site) ? SiteState.lost() : SiteState.stopped());
    }

    /** With which code its node has ended without being asked. */
    private Optional<Integer> ended(DemoSite site) throws IOException {
        Optional<Integer> code = process(site).flatMap(SiteProcess::exitCode);
        if (code.isPresent() && !isEnded()) {
            gone(site);
            terminal.line("The node of " + site + " ended (exit code " + code.get()
                    + "); './archipelago demo start-site " + site + "' starts it again.");
        }
        return code;
    }

    /** Returns when none of them runs any more. */
    @Override
    public void close() {
        List<SiteProcess> left;
        synchronized (this) {
            ended = true;
            left = List.copyOf(running.values());
        }
        left.forEach(SiteProcess::end);
        try {
            for (SiteProcess process : left) {
                process.awaitEnd();
            }
            for (DemoSite site : all()) {
                control.forget(site);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

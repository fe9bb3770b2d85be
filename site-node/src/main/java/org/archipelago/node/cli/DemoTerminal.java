package org.archipelago.node.cli;

import java.io.IOException;
import java.time.Duration;
import org.archipelago.node.cli.DemoControl.Request;

/** Asks something of a demo that runs in another terminal, and waits until it is done. */
record DemoTerminal(DemoDirectory directory, DemoControl control) {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /**
     * @return the state of the site after it
     * @throws CommandFailure no demo runs, the site is not in it, or it could not be done
     */
    SiteState ask(DemoSite site, Request request) throws IOException, InterruptedException {
        requireRunning("No demo runs in " + directory.root() + "; start one, or name its directory with --data DIR.");
        if (control.state(site).isEmpty()) {
            throw new CommandFailure("Site " + site + " is not in the demo that runs in " + directory.root() + ".");
        }
        requireSense(site, request, control.state(site).get().kind());
        control.ask(site, request);
        while (control.asked(site).isPresent()) {
            requireRunning("The demo in " + directory.root() + " ended.");
            Thread.sleep(LOOK_AGAIN.toMillis());
        }
        SiteState state = control.state(site)
                .orElseThrow(() -> new CommandFailure("The demo in " + directory.root() + " ended."));
        SiteState.Kind wanted = switch (request) {
            case STOP -> SiteState.Kind.STOPPED;
            case START, RESTORE -> SiteState.Kind.RUNNING;
            case LOSE -> SiteState.Kind.LOST;
        };
        if (state.kind() != wanted) {
            throw new CommandFailure("That failed; the terminal of the demo says why, and "
                    + directory.configuration(site).resolveSibling("node.log") + " more.");
        }
        return state;
    }

    private static void requireSense(DemoSite site, Request request, SiteState.Kind now) {
        if (now == SiteState.Kind.LOST && request == Request.START) {
            throw new CommandFailure("Site " + site + " is lost; './archipelago demo restore-site " + site
                    + "' brings it back from its neighbours.");
        }
        if (now != SiteState.Kind.LOST && request == Request.RESTORE) {
            throw new CommandFailure("Site " + site + " is not lost.");
        }
    }

    private void requireRunning(String otherwise) throws IOException {
        if (!directory.isInUse()) {
            throw new CommandFailure(otherwise);
        }
    }
}

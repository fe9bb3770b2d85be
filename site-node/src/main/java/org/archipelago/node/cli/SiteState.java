package org.archipelago.node.cli;

import java.util.Optional;

/** What has become of a site of a demo that runs, as it stands in a file that other terminals read. */
record SiteState(Kind kind, long pid) {
    enum Kind {
        STARTING,
        RUNNING,
        STOPPED,
        /** Stopped, and without its data. */
        LOST;

        private boolean hasProcess() {
            return this == STARTING || this == RUNNING;
        }
    }

    /** @param pid of its node, while that starts or runs */
    SiteState {
        if (kind.hasProcess() == (pid == 0)) {
            throw new IllegalArgumentException("a process for a site that has none, or none for another");
        }
    }

    static SiteState stopped() {
        return new SiteState(Kind.STOPPED, 0);
    }

    static SiteState lost() {
        return new SiteState(Kind.LOST, 0);
    }

    String line() {
        return kind + " " + pid;
    }

    /** Empty for what is no such line. */
    static Optional<SiteState> parse(String line) {
        String[] parts = line.strip().split(" ");
        try {
            return parts.length == 2
                    ? Optional.of(new SiteState(Kind.valueOf(parts[0]), Long.parseLong(parts[1])))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

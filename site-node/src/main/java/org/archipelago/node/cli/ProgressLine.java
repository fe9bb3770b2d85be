package org.archipelago.node.cli;

/** What long work says of how far it is, on standard error: a bar with rate and time left on a terminal, else a line now and then. */
interface ProgressLine extends Progress, AutoCloseable {
    /** @param unit what is counted, in the plural */
    static ProgressLine start(String task, String unit) {
        return System.console() == null
                ? new PlainProgress(System.err, task, unit, System::nanoTime)
                : new BarProgress(System.err, task, unit);
    }

    /** Says how it ended. */
    @Override
    void close();
}

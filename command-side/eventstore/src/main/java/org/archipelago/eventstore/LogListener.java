package org.archipelago.eventstore;

/** Metrics hooks. Called on the writer's thread: implementations count and return. */
public interface LogListener {
    LogListener NONE = new LogListener() {};

    /** One synced write of several appends. */
    default void committed(int appends, int records, long bytes, long durationNanos) {}

    /** As many of the records of a write came from another origin. */
    default void replicated(int records) {}

    /** One append was refused by a rule (revision, claim); nothing of it was written. */
    default void refused() {}

    /** A write or its sync failed: the log has stopped. */
    default void stopped(Throwable cause) {}

    /** The log was reopened from disk, verified, and records again. */
    default void reopened(int attempt) {}
}

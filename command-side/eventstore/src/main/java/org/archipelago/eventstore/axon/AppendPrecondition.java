package org.archipelago.eventstore.axon;

import java.util.function.Supplier;

/**
 * What must hold before the events of a command are appended: that the blobs which they name are durable. So a command is
 * decided and its records are sealed while its blobs are still on their way to the disk, and no record is ever written
 * before its blob.
 */
public final class AppendPrecondition {
    private static final ScopedValue<Runnable> CURRENT = ScopedValue.newInstance();

    private AppendPrecondition() {}

    /**
     * @param condition returns once it holds; what it throws is what the command fails with, and nothing is appended.
     *     Not asked when the command publishes no event.
     */
    public static <R> R requiring(Runnable condition, Supplier<R> command) {
        return ScopedValue.where(CURRENT, condition).call(command::get);
    }

    /** Returns once the current command's condition holds, at once when it has none. */
    public static void await() {
        if (CURRENT.isBound()) {
            CURRENT.get().run();
        }
    }
}

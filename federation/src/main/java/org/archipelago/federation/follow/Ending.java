package org.archipelago.federation.follow;

/** How a background thread is waited for that has been told to end. */
public final class Ending {
    private Ending() {}

    /** Returns once it has ended. An interrupt of the caller is kept for later: what the thread does must not go on behind its owner's back. */
    public static void await(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

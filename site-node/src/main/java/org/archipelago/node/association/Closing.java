package org.archipelago.node.association;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** State Sta13 of PS3.8 §9.2: ours is said, the peer is to close the connection. */
final class Closing {
    private static final System.Logger LOG = System.getLogger(Closing.class.getName());
    private static final int SCRAP_BYTES = 512;

    private Closing() {}

    /** Drops what still arrives until the peer closes or the time is over. */
    static void awaitPeer(Transport transport, Duration artim) {
        long deadlineNanos = System.nanoTime() + artim.toNanos();
        byte[] scrap = new byte[SCRAP_BYTES];
        try {
            while (transport.read(scrap, 0, scrap.length, deadlineNanos) >= 0) {
                // PS3.8 §9.2.3 AA-6: ignore
            }
        } catch (SocketTimeoutException e) {
            LOG.log(System.Logger.Level.DEBUG, "the peer left its connection open");
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the peer broke its connection", e);
        }
    }
}

package org.archipelago.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;

/**
 * Loopback ports for servers that tests start. Several test virtual machines run at once, so each holds a block of ports of its
 * own: below those that the kernel gives to outgoing connections, and known as taken by its first port, which stays bound.
 */
public final class LoopbackPorts {
    private static final int FIRST = 10_000;
    private static final int BLOCK = 500;
    private static final int BLOCKS = 44;

    private static final ServerSocket HELD = hold();

    private static int next = HELD.getLocalPort() + 1;

    private LoopbackPorts() {}

    /**
     * A port of this virtual machine's block on which nobody listens; each is given out once.
     *
     * @throws IllegalStateException all were given out
     */
    public static synchronized int free() {
        while (next < HELD.getLocalPort() + BLOCK) {
            try (ServerSocket socket = bind(next++)) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // Somebody else's: the next one.
            }
        }
        throw new IllegalStateException("this virtual machine used all its " + BLOCK + " ports");
    }

    /** The first of several ports of which each is the next of the one before; nobody listens there, and each is given out once. */
    public static synchronized int freeInARow(int count) {
        int first = free();
        int last = first;
        while (last - first < count - 1) {
            int following = free();
            first = following == last + 1 ? first : following;
            last = following;
        }
        return first;
    }

    private static ServerSocket hold() {
        int start = new Random().nextInt(BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            try {
                return bind(FIRST + (start + i) % BLOCKS * BLOCK);
            } catch (IOException e) {
                // Another virtual machine's: the next one.
            }
        }
        throw new UncheckedIOException(new IOException("no block of loopback ports is free"));
    }

    private static ServerSocket bind(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }
}

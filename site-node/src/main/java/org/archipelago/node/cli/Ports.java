package org.archipelago.node.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on loopback. */
final class Ports {
    private static final int MAX_PORT = 65_535;

    private Ports() {}

    /**
     * @param count that follow each other, the first of them among them
     * @throws CommandFailure one is no port, or in use; names the option that changes it
     */
    static void requireFree(int first, int count, String option) {
        if (first < 1 || first + count - 1 > MAX_PORT) {
            throw new CommandFailure(option + " takes a port from 1 to " + (MAX_PORT - count + 1) + ".", 2);
        }
        for (int port = first; port < first + count; port++) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (IOException e) {
                throw new CommandFailure("Port " + port + " is in use; choose "
                        + (count == 1
                                ? "another one with " + option + " N."
                                : "others with " + option + " N: the sites take " + count + " ports from N on."));
            }
        }
    }

    static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

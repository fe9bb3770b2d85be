package org.archipelago.node.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on loopback. */
final class Ports {
    private static final int MAX_PORT = 65_535;

    private Ports() {}

    /** @throws CommandFailure it is no port, or in use; names the option that changes it */
    static void requireFree(int port, String option) {
        if (port < 1 || port > MAX_PORT) {
            throw new CommandFailure(option + " takes a port from 1 to " + MAX_PORT + ".", 2);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new CommandFailure("Port " + port + " is in use; choose another one with " + option + " N.");
        }
    }

    static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

package org.archipelago.acceptance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.archipelago.acceptance.RawAssociation.Message;

/** Takes whatever is sent to it, as it is sent: the destination of a C-MOVE in syntaxes and classes that no toolkit takes. */
final class RawStoreScp implements AutoCloseable {
    private final ServerSocket server;
    private final String title;
    private final List<DicomFile> received = new CopyOnWriteArrayList<>();
    private final List<IOException> broken = new CopyOnWriteArrayList<>();

    RawStoreScp(String title) throws IOException {
        this.title = title;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::listen);
    }

    NodeProcess.Remote remote() {
        return new NodeProcess.Remote(title, server.getLocalPort());
    }

    /** What has come so far; fails when an association broke. */
    List<DicomFile> received() {
        if (!broken.isEmpty()) {
            throw new AssertionError("an association with " + title + " broke", broken.getFirst());
        }
        return List.copyOf(received);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    /** The object of a C-STORE request. */
    static DicomFile file(Message message) {
        return DicomFile.received(
                message.command().text(RawCommand.AFFECTED_SOP_CLASS),
                message.command().text(RawCommand.AFFECTED_SOP_INSTANCE),
                message.context().transferSyntax(),
                message.dataset());
    }

    static byte[] success(Message message) {
        return RawCommand.of(RawCommand.C_STORE | RawCommand.RESPONSE)
                .uid(RawCommand.AFFECTED_SOP_CLASS, message.command().text(RawCommand.AFFECTED_SOP_CLASS))
                .number(RawCommand.RESPONDED_TO, message.command().number(RawCommand.MESSAGE_ID))
                .number(RawCommand.STATUS, 0)
                .uid(RawCommand.AFFECTED_SOP_INSTANCE, message.command().text(RawCommand.AFFECTED_SOP_INSTANCE))
                .encoded();
    }

    private void listen() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    broken.add(e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            RawAssociation association = RawAssociation.accept(socket);
            for (Message message = association.receive(); message != null; message = association.receive()) {
                received.add(file(message));
                association.send(message.context(), success(message));
            }
        } catch (IOException e) {
            broken.add(e);
        }
    }
}

package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NodeAddress;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of whatever answers at the node's address and does not tell whose node it is. */
class NodeApiTest {
    @TempDir
    Path folder;

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefusal(int port) {
        NodeAddress node = new NodeAddress(
                folder.resolve("node.yaml"),
                folder.resolve("data"),
                "north",
                URI.create("http://127.0.0.1:" + port),
                "127.0.0.1",
                11112,
                "NORTH");
        return assertThatThrownBy(() -> NodeApi.connect(node))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("give site north another http.port in " + node.configuration());
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefusal(int status, String body) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/status", exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try {
            return assertRefusal(server.getAddress().getPort());
        } finally {
            server.stop(0);
        }
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefusalOfWhoSays(String banner) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> sayToEach(server, banner));
            return assertRefusal(server.getLocalPort());
        }
    }

    /** A request that nothing answers is made once more. */
    private static void sayToEach(ServerSocket server, String banner) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write(banner.getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // the client has gone, or the test is over
            }
        }
    }

    @Test
    void busyNode_isNotTakenForAnotherProgram() throws IOException {
        assertRefusal(503, "{\"detail\":\"Too much at once; try again.\"}")
                .hasMessageContaining("(Too much at once; try again.)")
                .hasMessageContaining("If it is the node of site north, it is busy: try again in a moment.");
        assertRefusal(503, "").hasMessageContaining("(HTTP status 503)").hasMessageContaining("try again in a moment");
    }

    @Test
    void connectionThatBreaks_isNotTakenForAnotherProgram() throws IOException {
        assertRefusalOfWhoSays("").hasMessageContaining("try again in a moment");
    }

    @Test
    void anotherProgram_isNoNode() throws IOException {
        assertRefusal(404, "Not here").hasMessageContaining("is not a node of Archipelago");
        assertRefusal(200, "<html>Welcome</html>").hasMessageContaining("is not a node of Archipelago");
        assertRefusal(200, "{\"status\":\"green\"}").hasMessageContaining("is not a node of Archipelago");
        assertRefusalOfWhoSays("SSH-2.0-OpenSSH_9.2\r\n").hasMessageContaining("is not a node of Archipelago");
    }
}

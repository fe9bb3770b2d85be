package org.archipelago.node.association;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Listens on one address and serves each association on a virtual thread. Bounds: {@link AssociationLimits}, shared by
 * all listeners that were given the same {@link OpenAssociations}.
 */
public final class AssociationServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AssociationServer.class.getName());
    private static final int BACKLOG = 1024;
    private static final long RETRY_ACCEPT_NANOS = 100_000_000L;
    private static final long RECENT_FAILURE_NANOS = 5_000_000_000L;

    private final ServerSocket listener;
    private final Optional<TlsContext> tls;
    private final AssociationLimits limits;
    private final OpenAssociations open;
    private final Acceptance acceptance;
    private final AssociationMetrics metrics;
    private volatile boolean closing;
    private volatile @Nullable Thread acceptor;
    private volatile long failedNanos;
    private volatile boolean hasFailed;

    private AssociationServer(
            ServerSocket listener,
            Optional<TlsContext> tls,
            AssociationLimits limits,
            OpenAssociations open,
            AssociationPolicy policy,
            AssociationMetrics metrics) {
        this.listener = listener;
        this.tls = tls;
        this.limits = limits;
        this.open = open;
        this.acceptance = new Acceptance(limits, policy);
        this.metrics = metrics;
    }

    /**
     * Binds and starts to accept.
     *
     * @param port 0 for any free one
     * @param tls present: TLS is all that is spoken, and a peer must show a trusted certificate
     * @throws IOException the address cannot be bound; java.net.BindException when the port is in use
     */
    public static AssociationServer start(
            InetAddress bind,
            int port,
            Optional<TlsContext> tls,
            AssociationLimits limits,
            OpenAssociations open,
            AssociationPolicy policy,
            AssociationMetrics metrics)
            throws IOException {
        ServerSocket listener = new ServerSocket();
        try {
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(bind, port), BACKLOG);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        return start(listener, tls, limits, open, policy, metrics);
    }

    /** @param listener bound */
    static AssociationServer start(
            ServerSocket listener,
            Optional<TlsContext> tls,
            AssociationLimits limits,
            OpenAssociations open,
            AssociationPolicy policy,
            AssociationMetrics metrics) {
        AssociationServer server = new AssociationServer(listener, tls, limits, open, policy, metrics);
        server.acceptor = Thread.ofVirtual()
                .name("dicom-accept-" + listener.getLocalPort())
                .start(server::acceptLoop);
        return server;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Whether who connects now is answered: not when it is closed, nor shortly after a connection could not be accepted. */
    public boolean isAccepting() {
        Thread thread = acceptor;
        return !closing
                && thread != null
                && thread.isAlive()
                && !(hasFailed && System.nanoTime() - failedNanos < RECENT_FAILURE_NANOS);
    }

    private void acceptLoop() {
        while (!closing) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().name("dicom-association").start(() -> serve(socket));
            } catch (IOException | RuntimeException | Error e) {
                // Whatever it was (no memory, no descriptor), a node that takes no connections any more must not live
                // on.
                if (!closing) {
                    failedNanos = System.nanoTime();
                    hasFailed = true;
                    LOG.log(System.Logger.Level.WARNING, "accepting a DICOM connection failed", e);
                    LockSupport.parkNanos(RETRY_ACCEPT_NANOS);
                }
            }
        }
    }

    private void serve(Socket socket) {
        Transport transport;
        try {
            transport = tls.isPresent()
                    ? new Transport(socket, tls.get().accept(socket), limits)
                    : new Transport(socket, limits);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection broke as it opened", e);
            closeQuietly(socket);
            return;
        }
        metrics.connectionOpened();
        open.connected(transport);
        try {
            associate(transport);
        } catch (SSLException e) {
            LOG.log(System.Logger.Level.WARNING, "no TLS with {0}: {1}", transport.peer(), e.getMessage());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection ended without an association", e);
        } finally {
            open.disconnected(transport);
            transport.close();
            metrics.connectionClosed();
        }
    }

    private void associate(Transport transport) throws IOException {
        Optional<Acceptance.Accepted> accepted = acceptance.accept(transport, request -> open.tryAssociate(transport));
        if (accepted.isEmpty()) {
            metrics.associationRejected();
            return;
        }
        metrics.associationOpened();
        open.associated(transport, accepted.get().association());
        try (Association opened = accepted.get().association()) {
            accepted.get().handler().handle(opened);
        } catch (IOException e) {
            metrics.associationLost();
            LOG.log(System.Logger.Level.INFO, "association of {0} lost: {1}", transport.peer(), e.getMessage());
        } catch (RuntimeException e) {
            metrics.associationLost();
            LOG.log(System.Logger.Level.ERROR, "serving an association failed", e);
        } finally {
            metrics.associationClosed();
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a connection", e);
        }
    }

    /** Accepts no more. What is open goes on. */
    public void stopAccepting() {
        closing = true;
        try {
            listener.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a listener", e);
        }
    }

    /** Accepts no more and aborts what is open. */
    @Override
    public void close() {
        stopAccepting();
        open.abortAll(Duration.ZERO);
    }
}

package org.archipelago.node.association;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;

/**
 * One TCP connection with deadlines on reads and writes. TCP_NODELAY is set, and TCP_QUICKACK is armed again after each
 * read: the kernel clears it, and a sender that has Nagle's algorithm on would wait 40 ms for each delayed
 * acknowledgement.
 */
final class Transport implements Closeable {
    /** How long after a deadline a TLS record that has begun may go on arriving. */
    private static final Duration RECORD_GRACE = Duration.ofSeconds(2);

    static final boolean QUICKACK_SUPPORTED = quickAckSupported();

    private final Socket socket;
    /** The same one, or TLS on top of it. */
    private final Socket channel;

    private final InputStream in;
    private final OutputStream out;
    private final long writeTimeoutNanos;
    private final TransportWatch watch;
    private volatile long writeDeadlineNanos;
    private volatile boolean writing;
    private volatile boolean writeTimedOut;
    private volatile long recordDeadlineNanos;
    private volatile boolean readingRecords;
    private volatile boolean readTimedOut;

    Transport(Socket socket, AssociationLimits limits) throws IOException {
        this(socket, socket, limits, TransportWatch.SHARED);
    }

    /** @param channel what is sent and received through: TLS on top of the connection */
    Transport(Socket socket, Socket channel, AssociationLimits limits) throws IOException {
        this(socket, channel, limits, TransportWatch.SHARED);
    }

    Transport(Socket socket, AssociationLimits limits, TransportWatch watch) throws IOException {
        this(socket, socket, limits, watch);
    }

    private Transport(Socket socket, Socket channel, AssociationLimits limits, TransportWatch watch)
            throws IOException {
        this.socket = socket;
        this.channel = channel;
        this.watch = watch;
        this.writeTimeoutNanos = limits.writeTimeout().toNanos();
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        armQuickAck();
        this.in = channel.getInputStream();
        this.out = channel.getOutputStream();
        watch.register(this);
    }

    private static boolean quickAckSupported() {
        try (Socket probe = new Socket()) {
            return probe.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK);
        } catch (IOException e) {
            throw new UncheckedIOException("closing an unconnected socket", e);
        }
    }

    private void armQuickAck() throws IOException {
        if (QUICKACK_SUPPORTED) {
            socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
        }
    }

    InetAddress peer() {
        return socket.getInetAddress();
    }

    /** Who that is; with TLS, waits for the handshake. */
    Peer identified() {
        return channel instanceof SSLSocket secured ? Peer.of(peer(), secured.getSession()) : new Peer(peer(), false);
    }

    int localPort() {
        return socket.getLocalPort();
    }

    /**
     * Reads what is there, at least one byte.
     *
     * @return bytes read, -1 at the end
     * @throws SocketTimeoutException nothing came before the deadline
     */
    int read(byte[] buffer, int offset, int length, long deadlineNanos) throws IOException {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (leftMs <= 0) {
            throw new SocketTimeoutException("deadline");
        }
        socket.setSoTimeout((int) Math.min(leftMs, Integer.MAX_VALUE));
        int count = channel == socket
                ? in.read(buffer, offset, length)
                : readRecords(buffer, offset, length, deadlineNanos);
        armQuickAck();
        return count;
    }

    /** The socket's timeout starts anew with each part of a record. */
    private int readRecords(byte[] buffer, int offset, int length, long deadlineNanos) throws IOException {
        recordDeadlineNanos = deadlineNanos + RECORD_GRACE.toNanos();
        readingRecords = true;
        try {
            return in.read(buffer, offset, length);
        } catch (IOException e) {
            throw readTimedOut ? new SocketTimeoutException("the peer did not end a TLS record in time") : e;
        } finally {
            readingRecords = false;
        }
    }

    /** Whether something has come that was not read; through TLS it may be less than a record, or nothing for the reader. */
    boolean hasArrived() throws IOException {
        return in.available() > 0 || socket.getInputStream().available() > 0;
    }

    void write(byte[] buffer, int offset, int length) throws IOException {
        writeDeadlineNanos = System.nanoTime() + writeTimeoutNanos;
        writing = true;
        try {
            out.write(buffer, offset, length);
        } catch (IOException e) {
            throw writeTimedOut ? new SocketTimeoutException("the peer did not take data in time") : e;
        } finally {
            writing = false;
        }
    }

    void closeIfOverdue(long nowNanos) {
        if (writing && nowNanos - writeDeadlineNanos > 0) {
            writeTimedOut = true;
            close();
        }
        if (readingRecords && nowNanos - recordDeadlineNanos > 0) {
            readTimedOut = true;
            close();
        }
    }

    /** Ends our direction, so that the peer sees what was written last and then the end. */
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    boolean isClosed() {
        return socket.isClosed();
    }

    @Override
    public void close() {
        watch.forget(this);
        try {
            socket.close();
        } catch (IOException e) {
            System.getLogger(Transport.class.getName()).log(System.Logger.Level.DEBUG, "closing a connection", e);
        }
    }
}

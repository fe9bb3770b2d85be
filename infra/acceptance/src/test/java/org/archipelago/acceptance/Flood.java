package org.archipelago.acceptance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a good peer's C-ECHO takes, with its association, beside connections that say nothing or a byte per second.
 * {@code Flood PORT CALLED SECONDS CONNECTIONS KIND}, with KIND {@code silent} or {@code drip}: prints
 * {@code echoes p50-ms p99-ms worst-ms held}, held being how many of the connections were open at the end; those that the
 * server closed were opened again at once.
 */
final class Flood implements AutoCloseable {
    private static final int MOST_MS = 60_000;
    /** The head of an A-ASSOCIATE-RQ that announces 200 bytes, and then bytes without end. */
    private static final byte[] DRIPPED = {1, 0, 0, 0, 0, (byte) 200};

    private final int port;
    private final boolean drip;
    private final List<Held> held = new ArrayList<>();
    private final Thread keeper;
    private volatile boolean ended;

    /** One connection of the flood. */
    private static final class Held {
        SocketChannel channel;
        int sent;

        Held(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private Flood(int port, int connections, boolean drip) throws IOException {
        this.port = port;
        this.drip = drip;
        for (int i = 0; i < connections; i++) {
            held.add(new Held(connect()));
        }
        keeper = Thread.ofPlatform().name("flood").start(this::keep);
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        long endNanos = System.nanoTime() + Long.parseLong(args[2]) * 1_000_000_000L;
        try (Flood flood = new Flood(port, Integer.parseInt(args[3]), args[4].equals("drip"))) {
            List<Long> echoes = new ArrayList<>();
            while (System.nanoTime() < endNanos) {
                long before = System.nanoTime();
                RawEchoScu.echo(port, "GOODPEER", args[1]);
                echoes.add(System.nanoTime() - before);
                LockSupport.parkNanos(5_000_000);
            }
            long[] sorted = echoes.stream().mapToLong(Long::longValue).sorted().toArray();
            System.out.printf(
                    "%d %.2f %.2f %.2f %d%n",
                    sorted.length, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1), flood.open());
        }
    }

    private static double at(long[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))] / 1e6;
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.socket().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), MOST_MS);
        channel.configureBlocking(false);
        return channel;
    }

    /** Visits each connection once a second, spread over it as those of many peers would be. */
    private void keep() {
        ByteBuffer taken = ByteBuffer.allocate(64);
        long startNanos = System.nanoTime();
        for (long visit = 0; !ended && !held.isEmpty(); visit++) {
            long dueNanos = startNanos + visit * 1_000_000_000L / held.size();
            LockSupport.parkNanos(dueNanos - System.nanoTime());
            Held each = held.get((int) (visit % held.size()));
            try {
                if (!alive(each, taken.clear())) {
                    each.channel.close();
                    each.channel = connect();
                    each.sent = 0;
                }
            } catch (IOException e) {
                // The server is at a limit of its own: tried again in a second.
            }
        }
    }

    private boolean alive(Held each, ByteBuffer taken) {
        try {
            if (each.channel.read(taken) < 0) {
                return false;
            }
            if (drip) {
                byte next = each.sent < DRIPPED.length ? DRIPPED[each.sent] : 0;
                each.channel.write(ByteBuffer.wrap(new byte[] {next}));
                each.sent++;
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private long open() {
        ByteBuffer taken = ByteBuffer.allocate(64);
        return held.stream()
                .filter(each -> {
                    try {
                        return each.channel.read(taken.clear()) >= 0;
                    } catch (IOException e) {
                        return false;
                    }
                })
                .count();
    }

    @Override
    public void close() throws IOException {
        ended = true;
        keeper.interrupt();
        try {
            keeper.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Held each : held) {
            each.channel.close();
        }
    }
}

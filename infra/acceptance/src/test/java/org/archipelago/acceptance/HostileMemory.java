package org.archipelago.acceptance;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/** What a node holds on its heap after a collection, and how much of the machine's memory is its own. */
final class HostileMemory implements AutoCloseable {
    private static final long SAMPLE_NANOS = 250_000_000;

    private final Path status;
    private final JMXConnector connector;
    private final MemoryMXBean memory;

    private HostileMemory(long pid, JMXConnector connector) throws IOException {
        this.status = Path.of("/proc/" + pid + "/status");
        this.connector = connector;
        this.memory = ManagementFactory.newPlatformMXBeanProxy(
                connector.getMBeanServerConnection(), ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
    }

    static HostileMemory of(NodeProcess node) throws Exception {
        VirtualMachine jvm = VirtualMachine.attach(Long.toString(node.pid()));
        try {
            return new HostileMemory(
                    node.pid(), JMXConnectorFactory.connect(new JMXServiceURL(jvm.startLocalManagementAgent())));
        } finally {
            jvm.detach();
        }
    }

    /** Bytes that are reachable. */
    synchronized long heap() {
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    long resident() throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    /** Looks again and again until it is closed. */
    final class Watch implements AutoCloseable {
        private final AtomicLong heap = new AtomicLong();
        private final AtomicLong resident = new AtomicLong();
        private final Thread thread = Thread.ofPlatform().name("watch").start(this::look);
        private volatile boolean ended;

        private void look() {
            while (!ended) {
                LockSupport.parkNanos(SAMPLE_NANOS);
                try {
                    resident.accumulateAndGet(resident(), Math::max);
                    heap.accumulateAndGet(heap(), Math::max);
                } catch (IOException | RuntimeException nodeEnded) {
                    return;
                }
            }
        }

        long mostHeap() {
            return heap.get();
        }

        long mostResident() {
            return resident.get();
        }

        @Override
        public void close() throws InterruptedException {
            ended = true;
            LockSupport.unpark(thread);
            thread.join();
        }
    }

    Watch watch() {
        return new Watch();
    }

    /** A figure that the node publishes; -1 when it does not. */
    static double metric(NodeProcess node, String name) {
        String text = new String(node.get(node.http("/actuator/prometheus")).body(), StandardCharsets.UTF_8);
        @Nullable
        String line = text.lines()
                .filter(each -> each.startsWith(name + " "))
                .findFirst()
                .orElse(null);
        return line == null
                ? -1
                : Double.parseDouble(line.substring(name.length() + 1).strip());
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}

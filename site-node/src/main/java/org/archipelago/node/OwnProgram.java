package org.archipelago.node;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.node.cli.NodeCommand;

/** This program as a process once more, with the options of this one's JVM, so that its quick start serves them all. */
final class OwnProgram implements NodeCommand {
    private static final long MIB = 1L << 20;
    /** With less a node is slow; more than the most is of no use to a demo, and the page cache wants the rest. */
    private static final long LEAST_HEAP_BYTES = 384 * MIB;

    private static final long MOST_HEAP_BYTES = 1024 * MIB;
    private static final int PART_OF_MEMORY = 16;

    @Override
    public List<String> of(Path configuration, int nodes) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        if (nodes > 1) {
            command.add("-Xmx" + heapBytes(memoryBytes()) / MIB + "m");
            // The second compiler's work pays only later; it is a third of what starting them costs.
            command.add("-XX:TieredStopAtLevel=1");
        }
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(OwnProgram::isForEach)
                .forEach(command::add);
        command.addAll(List.of("-jar", System.getProperty("java.class.path"), "start", "--config"));
        command.add(configuration.toString());
        return command;
    }

    /** A debugger's port is there once. */
    private static boolean isForEach(String option) {
        return !option.startsWith("-agent") && !option.startsWith("-javaagent");
    }

    /** Of one of several nodes. */
    static long heapBytes(long memoryBytes) {
        return Math.clamp(memoryBytes / PART_OF_MEMORY, LEAST_HEAP_BYTES, MOST_HEAP_BYTES);
    }

    private static long memoryBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}

package org.archipelago.node.ops;

import ch.qos.logback.classic.pattern.ThrowableHandlingConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.configuration.ConfigurationException;

/**
 * A failure in the log: what it is, where it came from and why, but its message only where that never repeats what was sent or
 * asked for. A number that cannot be parsed, a date, a piece of JSON: their messages quote the value, which may be a patient's.
 */
public final class FailureText extends ThrowableHandlingConverter {
    private static final int MAX_FRAMES = 60;
    private static final int MAX_CAUSES = 10;

    @Override
    public String convert(ILoggingEvent event) {
        return event.getThrowableProxy() instanceof ThrowableProxy logged ? of(logged.getThrowable()) : "";
    }

    static String of(Throwable failure) {
        StringBuilder text = new StringBuilder();
        append(text, failure, Collections.newSetFromMap(new IdentityHashMap<>()));
        return text.toString();
    }

    private static void append(StringBuilder text, Throwable failure, Set<Throwable> told) {
        if (!told.add(failure) || told.size() > MAX_CAUSES) {
            return;
        }
        text.append(failure.getClass().getName());
        if (tellsNothing(failure) && failure.getMessage() != null) {
            text.append(": ").append(failure.getMessage());
        }
        StackTraceElement[] frames = failure.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
            text.append("\n\tat ").append(frames[i]);
        }
        for (Throwable suppressed : failure.getSuppressed()) {
            append(text.append("\nSuppressed: "), suppressed, told);
        }
        if (failure.getCause() != null) {
            append(text.append("\nCaused by: "), failure.getCause(), told);
        }
    }

    /** Of disks, connections, memory, the log's engine and the configuration; and refusals, whose subject names a kind of thing. */
    private static boolean tellsNothing(Throwable failure) {
        return switch (failure) {
            case ArchiveException _, ConfigurationException _, VirtualMachineError _ -> true;
            case IOException _ -> isOf(failure, "java");
            default -> isOf(failure, "org.rocksdb.");
        };
    }

    private static boolean isOf(Throwable failure, String packages) {
        return failure.getClass().getName().startsWith(packages);
    }
}

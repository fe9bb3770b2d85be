package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What the processes of a measurement, this one too, took of the machine's processors since then, each with the processes that it
 * started, and what others took.
 */
final class CpuShare {
    private final long[] pids;
    private final long[] ownAtFirst;
    private final long[] allAtFirst;

    private CpuShare(long[] pids) {
        this.pids = pids;
        this.ownAtFirst = own();
        this.allAtFirst = all();
    }

    static CpuShare of(LongStream pids) {
        return new CpuShare(
                LongStream.concat(pids, LongStream.of(ProcessHandle.current().pid()))
                        .toArray());
    }

    /** Until now. A measurement is worth little when others took more than some percent. */
    @Override
    public String toString() {
        long[] ownNow = own();
        long[] allNow = all();
        double total = allNow[0] - allAtFirst[0];
        double idle = allNow[1] - allAtFirst[1];
        StringBuilder text = new StringBuilder("processors:");
        double owned = 0;
        for (int i = 0; i < pids.length; i++) {
            double share = (ownNow[i] - ownAtFirst[i]) / total;
            owned += share;
            text.append(" process %d %.0f %%,".formatted(pids[i], 100 * share));
        }
        return text.append(
                        " others %.0f %%, idle %.0f %%".formatted(100 * (1 - owned - idle / total), 100 * idle / total))
                .toString();
    }

    private long[] own() {
        return Arrays.stream(pids)
                .map(pid -> ticks(pid)
                        + ProcessHandle.of(pid).stream()
                                .flatMap(ProcessHandle::descendants)
                                .mapToLong(each -> ticks(each.pid()))
                                .sum())
                .toArray();
    }

    /** Clock ticks of a process and of those that it started and that have ended (proc(5): /proc/PID/stat, utime to cstime). */
    private static long ticks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return Arrays.stream(stat.substring(stat.lastIndexOf(')') + 2).split(" "))
                    .skip(11)
                    .limit(4)
                    .mapToLong(Long::parseLong)
                    .sum();
        } catch (IOException e) {
            return 0; // ended, and counted where it was started
        }
    }

    /** Clock ticks of all processors, and those of them spent idle or waiting for a disk (proc(5): /proc/stat). */
    private static long[] all() {
        String first;
        try {
            first = Files.readAllLines(Path.of("/proc/stat")).getFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long[] ticks = Arrays.stream(first.split(" +"))
                .skip(1)
                .limit(8)
                .mapToLong(Long::parseLong)
                .toArray();
        return new long[] {Arrays.stream(ticks).sum(), ticks[3] + ticks[4]};
    }
}

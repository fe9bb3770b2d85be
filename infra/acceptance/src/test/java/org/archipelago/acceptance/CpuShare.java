package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.LongStream;

/** What the processes of a measurement, this one too, took of the machine's processors since then, and what others took. */
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

    /** Clock ticks of each process (proc(5): utime and stime of /proc/PID/stat). */
    private long[] own() {
        return Arrays.stream(pids)
                .map(pid -> {
                    String stat = read(Path.of("/proc", Long.toString(pid), "stat"));
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
                })
                .toArray();
    }

    /** Clock ticks of all processors, and those of them spent idle or waiting for a disk (proc(5): /proc/stat). */
    private static long[] all() {
        String first = Objects.requireNonNull(
                read(Path.of("/proc/stat")).lines().findFirst().orElse(null));
        long[] ticks = Arrays.stream(first.split(" +"))
                .skip(1)
                .limit(8)
                .mapToLong(Long::parseLong)
                .toArray();
        return new long[] {Arrays.stream(ticks).sum(), ticks[3] + ticks[4]};
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

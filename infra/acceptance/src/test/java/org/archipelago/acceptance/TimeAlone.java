package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * How long something would have taken, had others not used the processors meanwhile. On an idle machine that is the time that
 * has passed; on a busy one an estimate, rather too short than too long.
 */
final class TimeAlone {
    private static final Path PROC = Path.of("/proc");

    private final String mark;
    private final long began = System.nanoTime();
    private final long[] atFirst = ticks();

    private TimeAlone(String mark) {
        this.mark = mark;
    }

    /** @param mark what the command line of every process has that it consists of, of none before */
    static TimeAlone ofProcesses(String mark) {
        return new TimeAlone(mark);
    }

    double passedSeconds() {
        return (System.nanoTime() - began) / 1e9;
    }

    double seconds() {
        long[] now = ticks();
        double all = now[0] - atFirst[0];
        double others = all - (now[1] - atFirst[1]) - own();
        return passedSeconds() * (1 - Math.clamp(others / all, 0, 1));
    }

    /** Of all processors, and those of them spent idle or waiting for a disk (proc(5): /proc/stat). */
    private static long[] ticks() {
        long[] ticks = Arrays.stream(read(PROC.resolve("stat"))
                        .lines()
                        .findFirst()
                        .orElseThrow()
                        .split(" +"))
                .skip(1)
                .limit(8)
                .mapToLong(Long::parseLong)
                .toArray();
        return new long[] {Arrays.stream(ticks).sum(), ticks[3] + ticks[4]};
    }

    private long own() {
        long own = 0;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                String stat = read(process.resolve("cmdline")).contains(mark) ? read(process.resolve("stat")) : "";
                if (!stat.isEmpty()) {
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    own += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return own;
    }

    /** Empty when it has ended. */
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }
}

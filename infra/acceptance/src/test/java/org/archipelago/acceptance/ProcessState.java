package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a quiet node holds.
 *
 * @param heapMib of live objects
 * @param threads of the operating system
 * @param files open descriptors, sockets among them
 */
record ProcessState(double heapMib, int threads, int files) {
    /** Collects all garbage of it first, twice: references of the first time free more in the second. */
    static ProcessState of(long pid) throws IOException, InterruptedException {
        liveHeapMib(pid);
        Thread.sleep(300);
        double heap = liveHeapMib(pid);
        int files = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path _ : open) {
                files++;
            }
        }
        int threads = Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("Threads:"))
                .mapToInt(line -> Integer.parseInt(line.substring(8).strip()))
                .findFirst()
                .orElseThrow();
        return new ProcessState(heap, threads, files);
    }

    /** By a histogram of live objects, which collects all garbage first. */
    private static double liveHeapMib(long pid) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String[] lines = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .split("\n", -1);
        jcmd.waitFor();
        String[] total = lines[lines.length - 1].strip().split(" +", -1);
        if (!total[0].equals("Total")) {
            throw new IOException("no histogram: " + lines[lines.length - 1]);
        }
        return Long.parseLong(total[2]) / 1048576.0;
    }
}

package org.archipelago.acceptance;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** An object of more than 4 GiB through the whole write path and back; for infra/bench/run large, which starts the node. */
final class LargeBench {
    /** A first object of this size is sent and read unmeasured, so that the JVM has compiled what is measured. */
    private static final int WARM_FRAMES = 64;

    private static final double BYTES_PER_MB = 1e6;

    private LargeBench() {}

    /** Arguments: DICOM port, HTTP port, pid of the node, its heap in MiB, frames of 8 MiB, fragments of 8 MiB. */
    public static void main(String[] args) throws Exception {
        LargeObjectTransfer transfer = new LargeObjectTransfer(
                Integer.parseInt(args[0]), "BENCH", URI.create("http://127.0.0.1:" + args[1] + "/dicom-web"));
        long pid = Long.parseLong(args[2]);
        int heapMib = Integer.parseInt(args[3]);
        LargeObject warm = LargeObject.ofFrames("warm", WARM_FRAMES);
        transfer.store(warm);
        compare(warm.sha256(), transfer.sha256OfRetrieved(warm));
        LargeObject stored = LargeObject.ofFrames("stored", Integer.parseInt(args[4]));
        LargeObject posted = LargeObject.ofFrames("posted", Integer.parseInt(args[4]));
        String sent = stored.sha256();
        Map<String, Double> seconds = new LinkedHashMap<>();
        seconds.put("c_store", seconds(() -> {
            transfer.store(stored);
            return null;
        }));
        seconds.put("stow", seconds(() -> {
            transfer.stow(posted);
            return null;
        }));
        seconds.put("wado", seconds(() -> {
            compare(sent, transfer.sha256OfRetrieved(stored));
            return null;
        }));
        compare(posted.sha256(), transfer.sha256OfRetrieved(posted));
        System.out.printf("%d bytes each, both came back as they were sent%n", stored.length());
        report("", stored, seconds);
        LargeObject fragments = LargeObject.ofFragments("fragments", Integer.parseInt(args[5]));
        report("fragments_", fragments, ofFragments(transfer, fragments));
        System.out.printf(
                "RESULT large_peak_resident=%d MiB goal=- met=- (heap %d MiB)%n",
                LargeObjectTransfer.peakResidentMib(pid), heapMib);
        size("object", stored);
        size("fragments", fragments);
    }

    private static Map<String, Double> ofFragments(LargeObjectTransfer transfer, LargeObject fragments)
            throws Exception {
        String sent = fragments.sha256();
        Map<String, Double> seconds = new LinkedHashMap<>();
        seconds.put("c_store", seconds(() -> {
            transfer.store(fragments);
            return null;
        }));
        seconds.put("wado", seconds(() -> {
            compare(sent, transfer.sha256OfRetrieved(fragments));
            return null;
        }));
        seconds.put("c_get", seconds(() -> {
            compare(sent, transfer.sha256OfGot(fragments));
            return null;
        }));
        return seconds;
    }

    private static void report(String what, LargeObject object, Map<String, Double> seconds) {
        double megabytes = object.length() / BYTES_PER_MB;
        seconds.forEach(
                (way, taken) -> System.out.printf("%-18s %6.1f s %8.0f MB/s%n", what + way, taken, megabytes / taken));
        seconds.forEach((way, taken) ->
                System.out.printf("RESULT large_%s%s=%.0f MB/s goal=- met=-%n", what, way, megabytes / taken));
    }

    private static void size(String what, LargeObject object) {
        System.out.printf(
                "RESULT large_%s=%d bytes goal=4294967296 met=%s%n",
                what, object.length(), object.length() >= 1L << 32 ? "yes" : "no");
    }

    private static void compare(String sent, String retrieved) {
        if (!sent.equals(retrieved)) {
            throw new IllegalStateException("what came back is not what was sent");
        }
    }

    private static double seconds(Callable<@Nullable Void> transfer) throws Exception {
        long began = System.nanoTime();
        transfer.call();
        return (System.nanoTime() - began) / 1e9;
    }
}

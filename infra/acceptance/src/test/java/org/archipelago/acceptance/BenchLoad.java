package org.archipelago.acceptance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Small studies by C-STORE, numbered, so that a study of a number can be asked for; an association for some studies each. */
final class BenchLoad {
    private static final int SENDERS = 8;
    private static final int STUDIES_OF_ASSOCIATION = 200;

    private final int port;
    private final String called;
    private final int instances;

    /** To what infra/harness starts. @param instances of each study */
    BenchLoad(int port, int instances) {
        this(port, "BENCH", instances);
    }

    /** @param called the AE title that is sent to */
    BenchLoad(int port, String called, int instances) {
        this.port = port;
        this.called = called;
        this.instances = instances;
    }

    /** Arguments: DICOM port, instances of each study, first study, the one after the last. Prints objects per second. */
    public static void main(String[] args) throws Exception {
        BenchLoad load = new BenchLoad(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        System.out.printf("%.1f%n", load.send(Long.parseLong(args[2]), Long.parseLong(args[3])));
    }

    static String study(long number) {
        return "2.25.7" + (100_000_000L + number);
    }

    static String patient(long number) {
        return "Q" + (100_000_000L + number);
    }

    /** Sends the studies of these numbers. @return objects per second */
    double send(long from, long to) throws Exception {
        long began = System.nanoTime();
        try (ExecutorService senders = Executors.newFixedThreadPool(SENDERS)) {
            List<Future<?>> running = new ArrayList<>();
            for (long first = from; first < to; first += STUDIES_OF_ASSOCIATION) {
                long begin = first;
                running.add(senders.submit((Callable<@Nullable Void>) () -> {
                    association(begin, Math.min(to, begin + STUDIES_OF_ASSOCIATION));
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
        return (to - from) * instances * 1e9 / (System.nanoTime() - began);
    }

    private void association(long from, long to) throws IOException {
        DicomFile first = CtImage.small(study(from), patient(from), 1);
        try (RawStoreScu scu = new RawStoreScu(port, "SENDER", called, List.of(first))) {
            for (long study = from; study < to; study++) {
                for (int instance = 1; instance <= instances; instance++) {
                    RawStoreScu.Response response = scu.store(CtImage.small(study(study), patient(study), instance));
                    if (!response.isSuccess()) {
                        throw new IOException("a store was refused with " + response.hex());
                    }
                }
            }
        }
    }
}

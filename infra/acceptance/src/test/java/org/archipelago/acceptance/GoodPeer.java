package org.archipelago.acceptance;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** An honest peer that goes on with its work: by turns a C-ECHO and a C-STORE of a small object, each with its own association. */
final class GoodPeer implements AutoCloseable {
    private static final long PAUSE_NANOS = 20_000_000;
    private static final long PAUSE_OF_ECHOES_NANOS = 100_000_000;
    private static final int OBJECTS_OF_A_STUDY = 20;

    private final NodeProcess node;
    private final List<Long> timesNanos = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;

    GoodPeer(NodeProcess node) {
        this(node, GoodPeer::work);
    }

    private GoodPeer(NodeProcess node, Turns turns) {
        this.node = node;
        thread = Thread.ofPlatform().name("good-peer").start(() -> {
            try {
                turns.run(this);
            } catch (Exception | AssertionError e) {
                failure = e;
            }
        });
    }

    /** One that stores nothing, so that what is stored beside it can be counted. */
    static GoodPeer echoing(NodeProcess node) {
        return new GoodPeer(node, GoodPeer::echo);
    }

    private interface Turns {
        void run(GoodPeer peer) throws Exception;
    }

    private void echo() throws Exception {
        while (!ended) {
            time(() -> RawEchoScu.echo(node.dicomPort(), "GOODPEER", NodeProcess.TITLE));
            LockSupport.parkNanos(PAUSE_OF_ECHOES_NANOS);
        }
    }

    private void work() throws Exception {
        for (int turn = 0; !ended; turn++) {
            List<DicomFile> study = Samples.many("good" + turn, OBJECTS_OF_A_STUDY);
            for (int i = 0; i < study.size() && !ended; i++) {
                time(() -> RawEchoScu.echo(node.dicomPort(), "GOODPEER", NodeProcess.TITLE));
                DicomFile object = study.get(i);
                time(() -> store(object));
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private void time(Work work) throws Exception {
        long before = System.nanoTime();
        work.run();
        timesNanos.add(System.nanoTime() - before);
    }

    private void store(DicomFile object) throws Exception {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "GOODPEER", NodeProcess.TITLE, List.of(object))) {
            RawStoreScu.Response response = scu.store(object);
            if (!response.isSuccess()) {
                throw new AssertionError("refused with " + response.hex() + " " + response.comment());
            }
        }
    }

    /** @throws AssertionError it was not served */
    void requireServed() {
        if (failure instanceof Throwable cause) {
            throw new AssertionError("the good peer was not served", cause);
        }
    }

    int count() {
        return timesNanos.size();
    }

    /** @param share 1 for the longest */
    double milliseconds(double share) {
        long[] sorted = timesNanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))] / 1e6;
    }

    @Override
    public void close() throws InterruptedException {
        ended = true;
        thread.join();
    }
}

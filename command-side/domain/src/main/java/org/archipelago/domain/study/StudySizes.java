package org.archipelago.domain.study;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How much memory study copies take that are kept for writing, in instances: a series takes as much as many of them. Thread-safe. */
public final class StudySizes {
    private static final int INSTANCES_OF_A_SERIES = 64;

    private final Map<String, Long> sizes = new ConcurrentHashMap<>();

    void note(StudyState study) {
        sizes.put(study.id().toString(), of(study.knownSeries(), study.instanceCount()));
    }

    /** Of a study copy with so much. */
    public static long of(int series, int instances) {
        return (long) INSTANCES_OF_A_SERIES * series + instances;
    }

    /** By the aggregate's identifier; 1 of one that nobody has asked to do anything. */
    public long of(Object study) {
        return sizes.getOrDefault(study.toString(), 1L);
    }

    public void forget(Object study) {
        sizes.remove(study.toString());
    }
}

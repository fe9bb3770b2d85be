package org.archipelago.domain.study;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.archipelago.contract.study.StudyCopyId;

/** How much memory study copies take that are kept for writing, in instances: a series takes as much as many of them. Thread-safe. */
public final class StudySizes {
    private static final int INSTANCES_OF_A_SERIES = 64;

    private final Map<String, Long> sizes = new ConcurrentHashMap<>();

    void note(StudyCopyId study, int series, int instances) {
        sizes.put(study.toString(), of(series, instances));
    }

    /** Of a study copy with so much. */
    public static long of(int series, int instances) {
        return (long) INSTANCES_OF_A_SERIES * series + instances;
    }

    /** By the aggregate's identifier; 1 of one that stored nothing since it was read. */
    public long of(Object study) {
        return sizes.getOrDefault(study.toString(), 1L);
    }

    public void forget(Object study) {
        sizes.remove(study.toString());
    }
}

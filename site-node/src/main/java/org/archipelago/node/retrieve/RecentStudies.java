package org.archipelago.node.retrieve;

import java.util.Optional;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.BoundedCache;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.domain.study.StudySizes;

/** Study copies that were read lately, in memory. Thread-safe. */
public final class RecentStudies {
    private final BoundedCache studies;

    /**
     * @param maxStudies study copies
     * @param maxInstances of all of them together, as {@link StudySizes} counts them; some 450 bytes each
     */
    public RecentStudies(int maxStudies, long maxInstances) {
        this.studies = new BoundedCache(maxStudies, maxInstances, (_, study) -> size((StudyContents) study));
    }

    private static long size(StudyContents study) {
        return StudySizes.of(study.series().size(), study.instances().size());
    }

    Optional<StudyContents> find(StudyCopyId copy) {
        return Optional.ofNullable(studies.get(copy));
    }

    void keep(StudyCopyId copy, StudyContents study) {
        studies.put(copy, study);
    }

    void forget(StudyCopyId copy) {
        studies.remove(copy);
    }
}

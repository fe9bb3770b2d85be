package org.archipelago.contract.study;

import java.time.Duration;

/**
 * @param correctionWindow how long after an instance was first stored the same source may replace it without a conflict
 * @param limits of one study copy
 */
public record StudyPolicy(Duration correctionWindow, Limits limits) {
    /**
     * Whoever reaches one is refused what is new, with {@link org.archipelago.contract.ArchiveError#STUDY_LIMIT}: a study copy is read into memory whole.
     *
     * @param versions of one SOP Instance UID, and renditions
     * @param people patient records, and descriptions of whom nothing identifies
     */
    public record Limits(int series, int instances, int versions, int people) {}
}

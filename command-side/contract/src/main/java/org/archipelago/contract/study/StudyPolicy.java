package org.archipelago.contract.study;

import java.time.Duration;

/**
 * @param correctionWindow how long after an instance was first stored the same source may replace it without a conflict
 */
public record StudyPolicy(Duration correctionWindow) {}

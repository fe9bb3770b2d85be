package org.archipelago.contract.study;

/**
 * An instance whose current version is another person's than the one that was current before.
 *
 * @param from number of a person of the study, see {@link StudyEvent.PersonDescribed}
 */
public record PersonMove(int from, int to) {}

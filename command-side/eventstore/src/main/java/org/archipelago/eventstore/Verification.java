package org.archipelago.eventstore;

import java.util.List;

/**
 * What was found.
 *
 * @param records how many were looked at
 * @param erased how many of them cannot be opened since their key was destroyed
 * @param problems the first {@value #MAX_PROBLEMS}
 * @param problemCount all of them
 */
public record Verification(long records, long erased, List<Problem> problems, long problemCount) {
    public static final int MAX_PROBLEMS = 1000;

    public boolean sound() {
        return problemCount == 0;
    }

    /** @param position where, -1 when it is about no record */
    public record Problem(long position, String what) {}
}

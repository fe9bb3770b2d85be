package org.archipelago.keystore;

import java.util.List;

/**
 * What reading every entry found.
 *
 * @param damaged file and offset of each place that is not what was written, at most {@link #MAX_DAMAGED} of them
 */
public record KeyStoreReport(long keys, long destroyed, List<String> damaged) {
    public static final int MAX_DAMAGED = 1_000;

    public KeyStoreReport {
        damaged = List.copyOf(damaged);
    }

    public boolean intact() {
        return damaged.isEmpty();
    }
}

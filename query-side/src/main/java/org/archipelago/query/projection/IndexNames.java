package org.archipelago.query.projection;

import java.util.OptionalInt;

/**
 * Names of the indexes of one generation: alias {@code prefix-studies}, behind it {@code prefix-studies-7}.
 *
 * @param generation from 1
 */
record IndexNames(String prefix, int generation) {
    static String alias(String prefix, String index) {
        return prefix + "-" + index;
    }

    static OptionalInt generationOf(String prefix, String index, String physical) {
        String beginning = alias(prefix, index) + "-";
        if (!physical.startsWith(beginning)
                || !physical.substring(beginning.length()).matches("[1-9][0-9]{0,8}")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(physical.substring(beginning.length())));
    }

    String alias(String index) {
        return alias(prefix, index);
    }

    String physical(String index) {
        return alias(index) + "-" + generation;
    }

    String logical(String physical) {
        return physical.substring(prefix.length() + 1, physical.lastIndexOf('-'));
    }
}

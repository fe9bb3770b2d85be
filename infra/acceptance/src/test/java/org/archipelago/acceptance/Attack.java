package org.archipelago.acceptance;

import java.util.List;
import java.util.stream.Stream;

/**
 * One way to hurt a node, over its real sockets.
 *
 * @param name what docs/published-faults.md calls it
 * @param connections most that it has open at once; what the heap grows by is divided by it
 */
record Attack(String name, int connections, Deed deed) {
    /** What an attacker does. */
    interface Deed {
        /**
         * @return how the node refused, or why the attack did no harm
         * @throws AssertionError it was not refused as documented
         */
        String on(NodeProcess node) throws Exception;
    }

    static Attack of(String name, Deed deed) {
        return new Attack(name, 1, deed);
    }

    static List<Attack> all() {
        return Stream.of(
                        PduAttacks.all(),
                        DataSetAttacks.all(),
                        HttpAttacks.all(),
                        MultipartAttacks.all(),
                        PixelAttacks.all(),
                        ImportAttacks.all())
                .flatMap(List::stream)
                .toList();
    }
}

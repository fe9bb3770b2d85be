package org.archipelago.eventstore.rocksdb;

import java.nio.charset.StandardCharsets;

/** The column families, see {@link Layout}. */
enum Table {
    META("default"),
    RECORDS("records"),
    STREAMS("streams"),
    IDS("ids"),
    ORIGINS("origins"),
    CLAIMS("claims"),
    SNAPSHOTS("snapshots");

    private final String family;

    Table(String family) {
        this.family = family;
    }

    byte[] familyName() {
        return family.getBytes(StandardCharsets.UTF_8);
    }
}

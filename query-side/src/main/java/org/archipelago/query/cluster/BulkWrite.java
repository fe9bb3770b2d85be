package org.archipelago.query.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One action of a bulk request (Elasticsearch reference, "Bulk API"). */
public sealed interface BulkWrite {
    String index();

    String id();

    /** Written unless the index has a higher version of it: then nothing happens, and that is success. */
    record Put(String index, String id, long version, ObjectNode document) implements BulkWrite {}

    record Remove(String index, String id, long version) implements BulkWrite {}

    /** Written only over exactly the document that was read. */
    record Replace(String index, String id, long seqNo, long primaryTerm, ObjectNode document) implements BulkWrite {}
}

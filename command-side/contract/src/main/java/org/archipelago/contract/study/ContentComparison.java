package org.archipelago.contract.study;

/** Port: are two stored objects of one instance the same but for their encoding? May read both blobs; bounded memory. */
public interface ContentComparison {
    Result compare(StudyCopyId study, StoredObject current, StoredObject incoming);

    /**
     * Whether a kept object can be read to its end as it was stored. Only then may the same bytes, sent again, be let go
     * with success.
     */
    default boolean isIntact(StoredObject kept) {
        return true;
    }

    enum Result {
        /**
         * Or it is the current object as it left here, with corrections that were in force and the Original Attributes
         * Sequence (0400,0561) that says so: it came back from a peer.
         */
        ONLY_ENCODING_DIFFERS,
        /** Attributes differ: may be a technologist's correction. */
        CONTENT_DIFFERS,
        /** The pixels differ: never a correction, always a conflict. */
        PIXELS_DIFFER,
        NOT_COMPARABLE
    }
}

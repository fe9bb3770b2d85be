package org.archipelago.contract.study;

/** Port: are two stored objects of one instance the same but for their encoding? May read both blobs; bounded memory. */
public interface ContentComparison {
    Result compare(StudyCopyId study, StoredObject current, StoredObject incoming);

    enum Result {
        ONLY_ENCODING_DIFFERS,
        /** Attributes differ: may be a technologist's correction. */
        CONTENT_DIFFERS,
        /** The pixels differ: never a correction, always a conflict. */
        PIXELS_DIFFER,
        NOT_COMPARABLE
    }
}

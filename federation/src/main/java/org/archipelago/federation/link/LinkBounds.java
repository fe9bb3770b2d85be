package org.archipelago.federation.link;

import java.time.Duration;
import org.archipelago.federation.note.SignedNote;

/** What a peer may make this node keep in memory, or wait for, by one call. The same numbers hold at both ends. */
public final class LinkBounds {
    /** Origins of one network: members, and those that have left. */
    public static final int MAX_ORIGINS = 256;
    /** Of all heads together: notes are a few hundred bytes, cosigned ones some KiB. */
    public static final int MAX_HEADS_BYTES = 4 * 1024 * 1024;

    public static final int MAX_NOTE_BYTES = SignedNote.MAX_LENGTH_BYTES;

    public static final int MAX_BATCH_RECORDS = 8192;
    /** Headers and bodies of one batch; at least one record of any size fits. */
    public static final int MAX_BATCH_BYTES = 4 * 1024 * 1024;

    /** By one call: more are granted in the log. */
    public static final int MAX_HANDED_KEYS = 4;

    public static final int MAX_SEALED_BYTES = 1024;

    /** Of the caller's own keys, by one call. */
    public static final int MAX_RETURNED_KEYS = 256;

    public static final int MAX_RETURNED_SEALED_BYTES = 16 * 1024;

    /** Of the stored bytes of a blob, in one call: on disk or on its way before the next is asked for. */
    public static final int MAX_BLOB_PART_BYTES = 1024 * 1024;

    /** Beyond this a quiet connection is asked again, so that one that has died is noticed. */
    public static final Duration MAX_WAIT = Duration.ofSeconds(20);

    private LinkBounds() {}
}

package org.archipelago.contract.log;

/**
 * Says, inside an append, that its stream holds something that is expected to be in one stream only (a SOP Instance
 * UID). The log keeps claim name to streams in the same atomic write as the records.
 *
 * @param name from {@link StreamNames#claim}
 * @param shared false: the append is refused when another stream holds the claim; true: the stream is added beside it,
 *     since the writer knows and has recorded the conflict
 */
public record UniqueClaim(String name, boolean shared) {}

package org.archipelago.eventstore;

/**
 * @param records in the merged log
 * @param diskBytes of all files of the log, its indexes and its write-ahead log
 */
public record LogSize(long records, long diskBytes) {}

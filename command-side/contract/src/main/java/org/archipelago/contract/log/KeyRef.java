package org.archipelago.contract.log;

/** Which key: its class and the stream that it is for. */
public record KeyRef(KeyClass keyClass, StreamId subject) {}

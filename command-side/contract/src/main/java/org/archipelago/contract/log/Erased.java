package org.archipelago.contract.log;

/** What an event reads back as when its key was destroyed: its stream and type are still known, its content is not. */
public record Erased(StreamId stream, String type) {}

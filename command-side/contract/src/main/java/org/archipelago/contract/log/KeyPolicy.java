package org.archipelago.contract.log;

/** Port: under which key the records of a stream are sealed. Asked once per stream, for its first event; later records take the same key. */
public interface KeyPolicy {
    KeyRef keyFor(StreamId stream, Object firstEvent);
}

package org.archipelago.node.cli;

/** Hears how far long work is. */
public interface Progress {
    /** @param total items in all; below zero while unknown. May be called again with a better number. */
    void total(long total);

    void advance(long items);
}

package org.archipelago.node.fuzz;

import java.util.List;

/** What reads bytes that a peer sent. Stands beside the parser, which is closed to other packages. */
public interface FuzzTarget {
    String name();

    /** Good inputs, not empty ones. */
    List<byte[]> corpus();

    /**
     * Reads the input, or refuses it as its parser declares; whatever else is thrown is a defect. Whether it was read.
     */
    boolean take(byte[] input) throws Exception;
}

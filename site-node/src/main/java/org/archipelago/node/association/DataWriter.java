package org.archipelago.node.association;

import java.io.IOException;
import java.io.OutputStream;

/** Writes a data set once, streaming. Does not close the stream. */
@FunctionalInterface
public interface DataWriter {
    void writeTo(OutputStream out) throws IOException;
}

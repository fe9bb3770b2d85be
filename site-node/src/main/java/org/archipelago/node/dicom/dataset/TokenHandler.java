package org.archipelago.node.dicom.dataset;

/** Receives the structure of a data set in the order of its bytes. */
public interface TokenHandler {
    /** What is to be done with a value. */
    enum Disposition {
        /** Hand it over whole, by {@link #value}. */
        COLLECT,
        /** Hand it over in pieces, by {@link #chunk}, then {@link #valueEnd}. */
        STREAM,
        SKIP
    }

    /** An element with a value of defined length, no sequence of items. */
    Disposition element(Element element);

    void value(Element element, byte[] value);

    default void chunk(byte[] bytes, int offset, int length) {
        throw new IllegalStateException("no value was asked for in pieces");
    }

    default void valueEnd() {}

    void sequenceStart(Element element);

    void sequenceEnd();

    /** @param length {@link Element#UNDEFINED} when a delimitation item ends it */
    void itemStart(long headerOffset, long length);

    void itemEnd();

    /** Encapsulated fragments follow; the first is the Basic Offset Table (PS3.5 §A.4). */
    void fragmentsStart(Element element);

    /** COLLECT is not possible. */
    default Disposition fragment(long valueOffset, long length) {
        return Disposition.SKIP;
    }

    void fragmentsEnd();
}

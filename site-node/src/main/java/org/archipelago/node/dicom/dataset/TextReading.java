package org.archipelago.node.dicom.dataset;

/** Told, before it is kept, of everything that is read of a data set that comes as text; it may refuse. */
public interface TextReading {
    /** Where the length of the text is bound enough. */
    TextReading UNCOUNTED = new TextReading() {
        @Override
        public void dataSet() {}

        @Override
        public void element() {}

        @Override
        public void value(int characters) {}
    };

    /** Another one begins; the one before is kept no longer. */
    void dataSet();

    /** An element or item. */
    void element();

    void value(int characters);
}

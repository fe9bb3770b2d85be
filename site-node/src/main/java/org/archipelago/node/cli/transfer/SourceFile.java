package org.archipelago.node.cli.transfer;

import java.io.IOException;
import java.io.InputStream;

/** A file that may be DICOM, on disk or in an archive. */
public interface SourceFile {
    /** For the person who imports. */
    String name();

    /** The same in every run as long as the file has not changed. */
    String identity();

    long lengthBytes();

    InputStream open() throws IOException;
}

package org.archipelago.blobstore;

import java.io.IOException;

/** The medium or the file system refused a read: tells a fault of the disk from altered bytes. */
final class DiskReadException extends IOException {
    private static final long serialVersionUID = 1L;

    DiskReadException(IOException cause) {
        super(cause);
    }
}

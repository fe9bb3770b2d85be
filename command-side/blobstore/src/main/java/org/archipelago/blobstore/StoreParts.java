package org.archipelago.blobstore;

import java.nio.file.Path;
import java.security.SecureRandom;

/** What the parts of one open store share. */
record StoreParts(
        Disk disk,
        Path segments,
        OwnFiles ownFiles,
        BufferPool pool,
        FreeSpace space,
        BlobIndex index,
        BlobLog log,
        BlobStoreOptions options,
        BlobStoreListener listener,
        SecureRandom random) {}

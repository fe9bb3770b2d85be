package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FilesystemBlobStoreContractTest extends BlobStoreContract {
    @TempDir
    Path directory;

    @Override
    BlobStore open() throws IOException {
        return FilesystemBlobStore.open(directory, FilesystemBlobStoreTest.OPTIONS);
    }
}

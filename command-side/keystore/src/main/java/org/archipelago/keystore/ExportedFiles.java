package org.archipelago.keystore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The files of an exported keystore, in the order of its manifest. Nothing of it is locked, mended or opened for writing. */
record ExportedFiles(List<KeyFile> files) implements AutoCloseable {

    /** @throws ArchiveException CORRUPT: an export was synced before its manifest was there, so nothing in it may be torn */
    static ExportedFiles open(Path exported, SealingKey master) throws IOException {
        Disk disk = new ReadOnlyDisk();
        ExportedFiles opened = new ExportedFiles(new ArrayList<>());
        try {
            for (long number : Manifest.read(disk, exported, master).numbers()) {
                KeyFile file = KeyFile.open(disk, exported, number, master);
                opened.files().add(file);
                file.load(false, new Intact(KeyFile.keysPath(exported, number)));
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private record Intact(Path keys) implements KeyFile.ScanListener {
        @Override
        public void entry(Entry entry, long offsetBytes) {
            // Is opened when it is copied.
        }

        @Override
        public void damaged(long offsetBytes) {
            throw new ArchiveException(ArchiveError.CORRUPT, "keystore: %s near byte %d".formatted(keys, offsetBytes));
        }
    }

    @Override
    public void close() throws IOException {
        for (KeyFile file : files) {
            file.close();
        }
    }
}

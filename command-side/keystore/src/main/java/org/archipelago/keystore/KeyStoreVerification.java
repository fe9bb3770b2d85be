package org.archipelago.keystore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveException;

/** Opens every entry of some files. */
final class KeyStoreVerification implements KeyFile.ScanListener {
    private final KeyFile file;
    private final List<String> damaged;
    private long keys;
    private long destroyed;

    private KeyStoreVerification(KeyFile file, List<String> damaged) {
        this.file = file;
        this.damaged = damaged;
    }

    static KeyStoreReport verify(List<KeyFile> files) throws IOException {
        List<String> damaged = new ArrayList<>();
        long keys = 0;
        long destroyed = 0;
        for (KeyFile file : files) {
            KeyStoreVerification one = new KeyStoreVerification(file, damaged);
            file.rescan(one);
            keys += one.keys;
            destroyed += one.destroyed;
        }
        return new KeyStoreReport(keys, destroyed, damaged);
    }

    @Override
    public void entry(Entry entry, long offsetBytes) {
        try {
            if (file.unseal(entry, offsetBytes).isPresent()) {
                keys++;
            } else {
                destroyed++;
            }
        } catch (ArchiveException e) {
            damaged(offsetBytes);
        }
    }

    @Override
    public void damaged(long offsetBytes) {
        if (damaged.size() < KeyStoreReport.MAX_DAMAGED) {
            damaged.add("%016x.keys at byte %d".formatted(file.number(), offsetBytes));
        }
    }
}

package org.archipelago.keystore;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;

final class KeyStoreFixture {
    static final Path DIRECTORY = Path.of("/keys");
    static final KeyStoreOptions SMALL = new KeyStoreOptions(4, 2);
    private static final UUID SITE = new UUID(1, 2);

    private KeyStoreFixture() {}

    static KeyRef use(int i) {
        return new KeyRef(
                KeyClass.values()[i % KeyClass.values().length], new StreamId(SITE + "/study/%064x".formatted(i)));
    }

    static List<KeyRef> uses(int from, int to) {
        return IntStream.range(from, to).mapToObj(KeyStoreFixture::use).toList();
    }

    static FileKeyStore open(Disk disk, Path masterKeyFile) throws IOException {
        return FileKeyStore.open(disk, DIRECTORY, masterKeyFile, SMALL, new SecureRandom());
    }
}

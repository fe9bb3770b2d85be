package org.archipelago.keystore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.archipelago.contract.log.KeyClass;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenKeyStoreTest {
    @TempDir
    Path temp;

    /** The second has the class GRANT, too. */
    private static final int LAST = 2;

    @ParameterizedTest
    @ValueSource(ints = {1, LAST})
    void keystoreOfEachVersion_isReadableForEver(int version) throws IOException {
        GoldenKeyStore golden = GoldenKeyStore.version(version);
        try (FileKeyStore store = golden.open(temp)) {
            golden.keys().forEach((use, expected) -> {
                assertThat(store.find(use).map(key -> hex(key.secret().getEncoded())))
                        .as(use.toString())
                        .isEqualTo(expected.map(GoldenKeyStoreTest::hex));
                assertThat(store.isDestroyed(use)).as(use.toString()).isEqualTo(expected.isEmpty());
            });
        }
    }

    @Test
    void everyKeyClass_isInTheGoldenKeystoreAliveAndDestroyed() throws IOException {
        GoldenKeyStore golden = GoldenKeyStore.version(LAST);
        for (boolean alive : new boolean[] {true, false}) {
            assertThat(golden.keys().entrySet().stream()
                            .filter(entry -> entry.getValue().isPresent() == alive)
                            .map(entry -> entry.getKey().keyClass())
                            .toList())
                    .containsExactlyInAnyOrder(KeyClass.values());
        }
    }

    @Test
    void codesOfKeyClasses_areWhatIsOnDisk() {
        assertThat(Arrays.stream(KeyClass.values()).collect(Collectors.toMap(KeyClass::name, KeyClass::code)))
                .containsEntry("INDEX", 0)
                .containsEntry("PIXEL", 1)
                .containsEntry("PATIENT", 2)
                .containsEntry("AUDIT", 3)
                .containsEntry("SITE", 4)
                .containsEntry("GRANT", 5)
                .hasSize(6);
        assertThat(KeyClass.ofCode(6)).isEmpty();
        assertThat(KeyClass.ofCode(-1)).isEmpty();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}

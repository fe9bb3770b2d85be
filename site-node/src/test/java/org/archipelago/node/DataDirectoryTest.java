package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.archipelago.contract.SiteId;
import org.archipelago.node.configuration.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path temp;

    @Test
    void identity_isMadeOnceAndKept() {
        SiteId first;
        try (DataDirectory directory = DataDirectory.open(temp.resolve("d"), DataDirectory::randomIdentity)) {
            first = directory.site();
        }
        try (DataDirectory directory = DataDirectory.open(temp.resolve("d"), DataDirectory::randomIdentity)) {
            assertThat(directory.site()).isEqualTo(first);
        }
    }

    @Test
    void directoryInUse_isRefusedWithAClearText() {
        try (DataDirectory _ = DataDirectory.open(temp.resolve("d"), DataDirectory::randomIdentity)) {
            assertThatThrownBy(() -> DataDirectory.open(temp.resolve("d"), DataDirectory::randomIdentity))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("another node is using");
        }
    }

    @Test
    void damagedIdentity_isRefusedAndNotReplaced() throws IOException {
        Files.writeString(temp.resolve("site-id"), "north");

        assertThatThrownBy(() -> DataDirectory.open(temp, DataDirectory::randomIdentity))
                .isInstanceOf(ConfigurationException.class);
        assertThat(Files.readString(temp.resolve("site-id"))).isEqualTo("north");
    }
}

package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ViewerFilesTest {
    @TempDir
    Path cache;

    @BeforeEach
    void otherThings() throws IOException {
        Files.createFile(cache.resolve("ohif-9.tgz"));
        Files.createDirectories(cache.resolve("elasticsearch-8.19.21"));
    }

    private Path fetched(String version) throws IOException {
        Path directory = Files.createDirectories(cache.resolve("ohif-" + version));
        Files.createFile(directory.resolve("index.html"));
        return Files.createFile(directory.resolve(".complete")).getParent();
    }

    @Test
    void severalVersions_theNewestByItsNumbersIsServed() throws IOException {
        fetched("3.9.3");
        fetched("3.12.2");
        Path newest = fetched("3.12.10");
        fetched("3.12.10-beta.2");
        fetched("3.12");
        assertThat(ViewerFiles.newest(cache)).contains(newest);
    }

    @Test
    void interruptedFetch_isNotServed() throws IOException {
        Files.delete(fetched("4.0.0").resolve(".complete"));
        assertThat(ViewerFiles.newest(cache)).isEmpty();
        Path whole = fetched("3.9.0");
        assertThat(ViewerFiles.newest(cache)).contains(whole);
    }

    @Test
    void noCache_holdsNone() {
        assertThat(ViewerFiles.newest(cache.resolve("none"))).isEmpty();
    }
}

package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
    @TempDir
    Path folder;

    @Test
    void parts_areReadBackInAnyOrder() throws IOException {
        Random random = new Random(11);
        List<byte[]> written = new ArrayList<>();
        List<Value.Bulk> parts = new ArrayList<>();
        try (Spool spool = Spool.in(new Spool.Place(folder, 0))) {
            for (int length : List.of(0, 1, Spool.CHUNK_BYTES - 1, Spool.CHUNK_BYTES, 300_000, 0, 7)) {
                byte[] part = new byte[length];
                random.nextBytes(part);
                written.add(part);
                parts.add(spool.append(new ByteArrayInputStream(part)));
            }
            spool.seal();
            for (int i = parts.size() - 1; i >= 0; i--) {
                assertThat(spool.open(parts.get(i)).readAllBytes()).isEqualTo(written.get(i));
            }
        }
    }

    @Test
    void file_hasNoName() throws IOException {
        try (Spool spool = Spool.in(new Spool.Place(folder, 0));
                var files = Files.list(folder)) {
            spool.append(new ByteArrayInputStream(new byte[200_000]));
            assertThat(files).isEmpty();
        }
    }

    @Test
    void spaceBelowTheMark_isNotTaken() throws IOException {
        try (Spool spool = Spool.in(new Spool.Place(folder, Long.MAX_VALUE))) {
            assertThatThrownBy(() -> spool.append(new ByteArrayInputStream(new byte[200_000])))
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.BLOB_STORE_FULL));
        }
    }
}

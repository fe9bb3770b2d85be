package org.archipelago.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexUpdateTest {
    private static final BlobId ID = new BlobId(Digest.sha256(new byte[] {1}));
    private static final Location AT = new Location(false, 1, 4096, 1000);
    private static final Location COPY = new Location(false, 2, 4096, 1000);

    @TempDir
    Path directory;

    private BlobIndex index;

    @BeforeEach
    void open() throws IOException {
        index = BlobIndex.open(directory);
    }

    @AfterEach
    void close() {
        index.close();
    }

    private IndexUpdate update() {
        return new IndexUpdate(index, 0, index.opens());
    }

    @Test
    void copyBehindItsTombstone_staysDead() throws IOException {
        IndexUpdate first = update();
        first.blob(ID, AT);
        first.tombstones(List.of(ID), 2, 4096);
        index.apply(first);
        IndexUpdate second = update();
        second.blob(ID, COPY);
        index.apply(second);
        assertThat(index.find(ID)).isEmpty();
        assertThat(index.counts()).isEqualTo(new BlobIndex.Counts(0, 0));
        assertThat(index.staleIn(ID)).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void copyBehindItsTombstoneInOneUpdate_staysDead() throws IOException {
        IndexUpdate update = update();
        update.blob(ID, AT);
        update.tombstones(List.of(ID), 2, 4096);
        update.blob(ID, COPY);
        index.apply(update);
        assertThat(index.find(ID)).isEmpty();
    }

    @Test
    void copy_takesThePlaceOfTheOlderRecord() throws IOException {
        IndexUpdate update = update();
        update.blob(ID, AT);
        update.blob(ID, COPY);
        index.apply(update);
        assertThat(index.find(ID)).contains(COPY);
        assertThat(index.counts()).isEqualTo(new BlobIndex.Counts(1, 1000));
        assertThat(index.segment(1)).isEqualTo(new BlobIndex.SegmentUse(4096, 0));
        assertThat(index.segment(2)).isEqualTo(new BlobIndex.SegmentUse(4096, 4096));
        assertThat(index.staleIn(ID)).containsExactly(1L);
    }

    @Test
    void refusedUpdate_changesNothing() throws IOException {
        IndexUpdate update = update();
        update.blob(ID, AT);
        assertThat(index.find(ID)).isEmpty();
        assertThat(index.counts()).isEqualTo(new BlobIndex.Counts(0, 0));
        assertThat(index.segment(1)).isEqualTo(new BlobIndex.SegmentUse(0, 0));
    }
}

package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.archipelago.blobstore.BlobStoreOptions;
import org.archipelago.blobstore.BlobWriter;
import org.archipelago.blobstore.FilesystemBlobStore;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.ForeignBlobsOptions;
import org.archipelago.blobstore.StoredBlob;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.Key;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignBytesTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final StreamId STUDY = new StreamId(NORTH + "/study/one");
    private static final KeyRef USE = new KeyRef(KeyClass.PIXEL, STUDY);

    @TempDir
    Path directory;

    private final List<StreamId> asked = new ArrayList<>();
    private FileKeyStore keys;
    private Key pixelKey;
    private StoredObject object;
    private RemoteBlobs blobs;

    @BeforeEach
    void store() throws IOException {
        try (FileKeyStore origins = FileKeyStore.open(directory.resolve("north"), directory.resolve("north.key"))) {
            pixelKey = origins.obtain(USE);
        }
        keys = FileKeyStore.open(directory.resolve("harbor"), directory.resolve("harbor.key"));
        try (FilesystemBlobStore origin = FilesystemBlobStore.open(
                        directory.resolve("blobs"), BlobStoreOptions.DEFAULT.withLowWaterBytes(0));
                BlobWriter writer = origin.begin()) {
            writer.write(ByteBuffer.wrap(new byte[100]));
            StoredBlob blob = writer.commit();
            object = new StoredObject(
                    new SopInstanceUid("1.2.3"),
                    new SopClassUid("1.2.4"),
                    TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                    blob.plainDigest(),
                    blob.plainLengthBytes(),
                    new BlobRef(blob.id(), blob.key().wrap(pixelKey.secret())));
        }
        blobs = new RemoteBlobs(
                ForeignBlobs.open(directory.resolve("kept"), ForeignBlobsOptions.kept(0, 0), Clock.systemUTC()),
                ForeignBlobs.open(directory.resolve("foreign"), ForeignBlobsOptions.cache(1000, 0), Clock.systemUTC()),
                new BlobHolders(
                        List::of,
                        _ -> {
                            throw new IllegalStateException("there are no members");
                        },
                        0,
                        System::nanoTime));
    }

    @AfterEach
    void close() {
        blobs.close();
        keys.close();
    }

    private void give(StreamId study) {
        asked.add(study);
        keys.adopt(Map.of(USE, pixelKey));
    }

    @Test
    void pixelKeyThatIsNotHere_isAskedForOnceAndUsed() throws IOException {
        ForeignBytes bytes = new ForeignBytes(blobs, keys, this::give);
        for (int i = 0; i < 2; i++) {
            try (SeekableByteChannel opened = bytes.open(STUDY, object)) {
                assertThat(opened.size()).isEqualTo(100);
            }
        }
        assertThat(asked).containsExactly(STUDY);
    }

    @Test
    void pixelKeyThatNobodyGives_isARefusal() {
        for (ForeignBytes.PixelKeys none : List.<ForeignBytes.PixelKeys>of(asked::add, study -> {
            throw new ArchiveException(ArchiveError.NOT_AUTHORIZED, study.value());
        })) {
            assertThatThrownBy(() -> new ForeignBytes(blobs, keys, none).open(STUDY, object))
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            refused -> assertThat(refused.error()).isEqualTo(ArchiveError.NOT_AUTHORIZED));
        }
    }

    @Test
    void destroyedPixelKey_isNotAskedFor() {
        keys.adopt(Map.of(USE, pixelKey));
        keys.destroy(List.of(pixelKey.id()));
        assertThatThrownBy(() -> new ForeignBytes(blobs, keys, this::give).open(STUDY, object))
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(ArchiveError.ERASED));
        assertThat(asked).isEmpty();
    }

    @Test
    void objectThatIsOnlyExpected_asksForNoKey() {
        new ForeignBytes(blobs, keys, this::give).expect(STUDY, object);
        assertThat(asked).isEmpty();
    }
}

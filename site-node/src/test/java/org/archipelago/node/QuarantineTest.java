package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.retrieve.OutgoingObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuarantineTest {
    @TempDir
    Path temp;

    private final AttributeSet object = SmallNode.object("1.2.3.4", "17", "DOE^JANE");
    private final byte[] withoutStudy = SmallNode.encoded(object.filter(tag -> tag != Tags.STUDY_INSTANCE_UID));
    private SmallNode node;
    private Quarantine quarantine;

    @BeforeEach
    void ingest() throws IOException {
        node = SmallNode.open(temp);
        quarantine = new Quarantine(node.archive);
        node.store(SmallNode.encoded(object));
        assertThat(node.store(withoutStudy).outcome()).isEqualTo(Ingested.Outcome.QUARANTINED);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    @Test
    void quarantinedObject_comesBackAsItArrived() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutgoingObject kept = quarantine.open(stream("quarantine").name())) {
            assertThat(kept.sopInstanceUid().value()).isEqualTo("1.2.3.4");
            kept.writeTo(out);
        }
        assertThat(out.toByteArray()).isEqualTo(withoutStudy);
    }

    @Test
    void whatIsNotQuarantined_isNotFound() {
        for (String id :
                List.of("", "../study/x", "0".repeat(32), stream("study").name())) {
            assertError(id, ArchiveError.NOT_FOUND);
        }
    }

    @Test
    void erasedObject_isErased() {
        StreamId stream = stream("quarantine");
        node.archive
                .keys()
                .destroy(Stream.of(KeyClass.values())
                        .map(kind -> node.archive.keys().find(new KeyRef(kind, stream)))
                        .flatMap(Optional::stream)
                        .map(key -> key.id())
                        .toList());

        assertError(stream.name(), ArchiveError.ERASED);
    }

    private void assertError(String id, ArchiveError error) {
        assertThatThrownBy(() -> quarantine.open(id))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    private StreamId stream(String kind) {
        RecordCursor cursor = new RecordCursor(node.archive.log(), new LocalPosition(-1));
        return Stream.generate(cursor::next)
                .takeWhile(Optional::isPresent)
                .flatMap(Optional::stream)
                .map(StoredRecord::record)
                .map(stored -> stored.header().stream())
                .filter(stream -> stream.kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }
}

package org.archipelago.node;

import static org.archipelago.node.SmallNode.CT;
import static org.archipelago.node.SmallNode.EXPLICIT;
import static org.archipelago.node.SmallNode.IMPLICIT;
import static org.archipelago.node.SmallNode.STUDY;
import static org.archipelago.node.SmallNode.WHOLE;
import static org.archipelago.node.SmallNode.decoded;
import static org.archipelago.node.SmallNode.encoded;
import static org.archipelago.node.SmallNode.object;
import static org.archipelago.node.SmallNode.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.portal.HistoryEntry;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.HeldVersion;
import org.archipelago.node.retrieve.HeldVersion.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every version of an instance that was ever acknowledged can be listed and fetched. */
class VersionsTest {
    private static final SopInstanceUid UID = new SopInstanceUid("1.9.1");
    private static final Actor OTHER = Actor.device("ROUTER", "127.0.0.1");

    @TempDir
    private Path folder;

    private final AttributeSet first = object("1.9.1", "P1", "DOE^JANE");
    private final byte[] original = encoded(first);
    private final byte[] implicit = DataSetCodec.encode(first, IMPLICIT);
    private final byte[] corrected = encoded(first.with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "corrected")));
    private final byte[] other = encoded(first.with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "of another")));
    private SmallNode node;

    @BeforeEach
    void storeFour() throws IOException {
        node = SmallNode.open(folder);
        node.store(original, EXPLICIT, CT);
        node.store(implicit, IMPLICIT, OTHER);
        node.store(corrected, EXPLICIT, CT);
        node.store(other, EXPLICIT, OTHER);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    private byte[] fetched(VersionId version) throws IOException {
        HeldInstance held = node.retrieval().select(WHOLE).getFirst();
        return node.sent(held.leaving(version).orElseThrow());
    }

    @Test
    void history_namesTheInstanceOfEachFurtherVersion() {
        StudyLog history = new StudyLog(node.archive.log(), node.archive.sealing(), node.archive.names());
        assertThat(history.of(STUDY, 0, 100))
                .filteredOn(entry -> entry.instance().isPresent())
                .extracting(HistoryEntry::event, entry -> entry.instance().orElseThrow())
                .containsExactly(
                        tuple("RenditionKept", UID), tuple("VersionSuperseded", UID), tuple("ConflictOpened", UID));
    }

    @Test
    void versions_sayWhatEachIsAndWhereItCameFrom() {
        List<HeldVersion> versions = node.retrieval().versions(STUDY, UID);

        assertThat(versions)
                .extracting(HeldVersion::role)
                .containsExactly(Role.CURRENT, Role.SUPERSEDED, Role.RENDITION, Role.CHALLENGER);
        assertThat(versions)
                .extracting(version -> version.source().name())
                .containsExactly("CT1", "CT1", "ROUTER", "ROUTER");
        assertThat(versions.get(2).renditionOf())
                .contains(versions.get(1).object().version());
        assertThat(node.retrieval().versions(STUDY, new SopInstanceUid("1.9.9")))
                .isEmpty();
    }

    @Test
    void eachVersion_leavesAsItsSenderEncodedIt() throws IOException {
        List<byte[]> fetched = new ArrayList<>();
        for (HeldVersion version : node.retrieval().versions(STUDY, UID)) {
            fetched.add(fetched(version.object().version()));
        }

        assertThat(fetched).containsExactly(corrected, original, implicit, other);
    }

    @Test
    void olderVersion_leavesWithTheCorrectionsInForce() throws IOException {
        node.correctName("P1", "ROE^JANE");
        VersionId older = node.retrieval().versions(STUDY, UID).get(1).object().version();

        AttributeSet sent = decoded(fetched(older));

        assertThat(sent.get(Tags.PATIENT_NAME)).contains(SmallNode.name("ROE^JANE"));
        assertThat(sent.contains(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)).isTrue();
        assertThat(sent.contains(Tags.STUDY_DESCRIPTION)).isFalse();
    }

    @Test
    void unknownVersion_isNotThere() {
        HeldInstance held = node.retrieval().select(WHOLE).getFirst();

        assertThat(held.leaving(new VersionId("00"))).isEqualTo(Optional.empty());
    }
}

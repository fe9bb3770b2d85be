package org.archipelago.query.projection;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.CT1;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.instance;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.VersionId;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows follow the version that is current: what a correction says, and of a conflict what its resolution chose. */
@ExtendWith(RunningElasticsearch.class)
class CurrentTextTest {
    private static final MemoryLog LOG = new MemoryLog();
    private static final StudyStories STORIES = new StudyStories(LOG);
    private static SearchNode node;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void start(RunningElasticsearch.Server elasticsearch) {
        node = new SearchNode(elasticsearch.uri(), LOG, folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static AttributeSet described(String study) {
        return set(Tags.STUDY_DESCRIPTION, text(Vr.LO, study));
    }

    /** One instance, of which the study says CHEST and the series AX. */
    private static StudyCopyId study(String uid) {
        StudyCopyId study =
                STORIES.study(uid, Optional.empty(), described("CHEST").with(Tags.STUDY_DATE, text(Vr.DA, "20240101")));
        STORIES.series(
                study,
                uid + ".1",
                set(Tags.MODALITY, text(Vr.CS, "CT")).with(Tags.SERIES_DESCRIPTION, text(Vr.LO, "AX")));
        STORIES.instances(study, uid + ".1", 1, 1);
        return study;
    }

    /** The instance again, with other bytes. */
    private static StoredInstance again(String uid, String bytes) {
        StoredInstance first = instance(uid + ".1", 1);
        StoredObject object = first.object();
        return new StoredInstance(
                first.series(),
                new StoredObject(
                        object.sopInstanceUid(),
                        object.sopClassUid(),
                        object.transferSyntax(),
                        Digest.sha256(bytes.getBytes(StandardCharsets.UTF_8)),
                        1000,
                        object.blob()),
                first.differences());
    }

    /** As the write side names what is new before the object that says it. */
    private static void says(StudyCopyId study, String uid, AttributeSet ofStudy, String ofSeries) {
        STORIES.append(
                new StudyEvent.AttributesVaried(study, Optional.empty(), 0, Set.of(), ofStudy, Optional.empty()));
        STORIES.append(new StudyEvent.AttributesVaried(
                study,
                Optional.of(new SeriesInstanceUid(uid + ".1")),
                0,
                Set.of(),
                set(Tags.SERIES_DESCRIPTION, text(Vr.LO, ofSeries)),
                Optional.empty()));
    }

    private static VersionId corrected(StudyCopyId study, StoredInstance newer, VersionId superseded) {
        STORIES.append(new StudyEvent.VersionSuperseded(study, newer, superseded, CT1, NOON));
        return newer.object().version();
    }

    private static VersionId challenged(StudyCopyId study, int conflict, StoredInstance challenger) {
        STORIES.append(new StudyEvent.ConflictOpened(
                study,
                new ConflictId(conflict),
                ConflictKind.DIFFERENT_CONTENT,
                Optional.of(challenger.object().sopInstanceUid()),
                Optional.of(challenger),
                Optional.empty(),
                List.of(),
                CT1,
                NOON));
        return challenger.object().version();
    }

    private static void resolved(StudyCopyId study, int conflict, VersionId current) {
        STORIES.append(new StudyEvent.ConflictResolved(
                study, new ConflictId(conflict), Optional.of(current), CT1, "seen", NOON));
    }

    private static void assertShown(String uid, String ofStudy, String ofSeries) {
        AttributeSet study = node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid))
                .matches()
                .getFirst();
        assertThat(study.text(Tags.STUDY_DESCRIPTION)).contains(ofStudy);
        AttributeSet series = node.find(QueryLevel.SERIES, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid))
                .matches()
                .getFirst();
        assertThat(series.text(Tags.STUDY_DESCRIPTION)).contains(ofStudy);
        assertThat(series.text(Tags.SERIES_DESCRIPTION)).contains(ofSeries);
        assertThat(series.text(Tags.NUMBER_OF_SERIES_RELATED_INSTANCES)).contains("1");
    }

    private static void assertFound(String uid, String ofStudy, String ofSeries) {
        assertThat(node.studies(key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid), key(Tags.STUDY_DESCRIPTION, Vr.LO, ofStudy)))
                .containsExactly(uid);
        assertThat(node.find(
                                QueryLevel.SERIES,
                                key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid),
                                key(Tags.SERIES_DESCRIPTION, Vr.LO, ofSeries))
                        .matches())
                .hasSize(1);
    }

    @Test
    void correction_isShownAndFound() {
        StudyCopyId study = study("1.1");
        VersionId first = instance("1.1.1", 1).object().version();
        says(study, "1.1", described("ABDOMEN").with(Tags.STUDY_DATE, text(Vr.DA, "20240202")), "COR");
        VersionId second = corrected(study, again("1.1", "second"), first);
        assertShown("1.1", "ABDOMEN", "COR");
        assertFound("1.1", "ABDOMEN", "COR");
        assertThat(node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1"))
                        .matches()
                        .getFirst()
                        .text(Tags.STUDY_DATE))
                .contains("20240202");
        says(study, "1.1", described("PELVIS"), "SAG");
        corrected(study, again("1.1", "third"), second);
        assertShown("1.1", "PELVIS", "SAG");
    }

    @Test
    void correctionOnWhichTheNodeStops_isShownAfterwards() {
        StudyCopyId study = study("1.2");
        says(study, "1.2", described("ABDOMEN"), "COR");
        assertShown("1.2", "CHEST", "AX");
        node.restart(folder);
        corrected(study, again("1.2", "second"), instance("1.2.1", 1).object().version());
        assertShown("1.2", "ABDOMEN", "COR");
    }

    @Test
    void whatLaterObjectsAdd_isShownBehindWhatWasThere() {
        StudyCopyId study = study("1.3");
        says(study, "1.3", described("ABDOMEN").with(Tags.STUDY_ID, text(Vr.SH, "7")), "COR");
        STORIES.instances(study, "1.3.1", 2, 1);
        corrected(study, again("1.3", "second"), instance("1.3.1", 1).object().version());
        AttributeSet row = node.find(QueryLevel.STUDY, key(Tags.STUDY_ID, Vr.SH, "7"))
                .matches()
                .getFirst();
        assertThat(row.text(Tags.STUDY_DESCRIPTION)).contains("CHEST");
        assertThat(row.text(Tags.STUDY_ID)).contains("7");
    }

    @Test
    void openConflict_isFoundAndNotShownUntilItIsChosen() {
        StudyCopyId study = study("1.4");
        says(study, "1.4", described("ABDOMEN").with(Tags.STUDY_ID, text(Vr.SH, "8")), "COR");
        VersionId challenger = challenged(study, 1, again("1.4", "other"));
        assertShown("1.4", "CHEST", "AX");
        assertFound("1.4", "ABDOMEN", "COR");
        assertThat(node.find(QueryLevel.STUDY, key(Tags.STUDY_ID, Vr.SH, "8"))
                        .matches()
                        .getFirst()
                        .text(Tags.STUDY_ID))
                .isEmpty();
        resolved(study, 1, challenger);
        assertShown("1.4", "ABDOMEN", "COR");
    }

    @Test
    void olderVersionThatIsChosen_isShownAgain() {
        StudyCopyId study = study("1.5");
        VersionId first = instance("1.5.1", 1).object().version();
        says(study, "1.5", described("ABDOMEN"), "COR");
        VersionId second = corrected(study, again("1.5", "second"), first);
        says(study, "1.5", described("PELVIS"), "SAG");
        challenged(study, 1, again("1.5", "third"));
        assertShown("1.5", "ABDOMEN", "COR");
        resolved(study, 1, first);
        assertShown("1.5", "CHEST", "AX");
        challenged(study, 2, again("1.5", "fourth"));
        resolved(study, 2, second);
        assertShown("1.5", "ABDOMEN", "COR");
    }

    /** Also over a version that said nothing new. */
    @Test
    void correctionTakenBack_isShownNoMore() {
        StudyCopyId study = study("1.6");
        StoredInstance first = instance("1.6.1", 1);
        VersionId second =
                corrected(study, again("1.6", "second"), first.object().version());
        says(study, "1.6", described("PELVIS"), "SAG");
        VersionId third = corrected(study, again("1.6", "third"), second);
        assertShown("1.6", "PELVIS", "SAG");
        corrected(study, first, third);
        assertShown("1.6", "CHEST", "AX");
        corrected(study, again("1.6", "third"), first.object().version());
        assertShown("1.6", "PELVIS", "SAG");
    }
}

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.VersionChange;
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

    /** The instance again, with other bytes, saying this. */
    private static StoredInstance again(String uid, String bytes, NamedValues says) {
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
                first.differences(),
                0,
                says);
    }

    /**
     * As the write side names what is new before the object that says it.
     *
     * @param place of each of the two descriptions
     * @return what an object says that has these
     */
    private static NamedValues named(StudyCopyId study, String uid, int place, AttributeSet ofStudy, String ofSeries) {
        Map<Integer, Integer> says = new HashMap<>();
        // The first object has a description and a date, and nothing else.
        ofStudy.attributes()
                .keySet()
                .forEach(tag -> says.put(tag, tag == Tags.STUDY_DESCRIPTION ? place : tag == Tags.STUDY_DATE ? 1 : 0));
        STORIES.append(new StudyEvent.AttributesVaried(
                study, Optional.empty(), 0, Set.of(), ofStudy, new NamedValues(says), Optional.empty()));
        says.put(Tags.SERIES_DESCRIPTION, place);
        NamedValues all = new NamedValues(says);
        STORIES.append(new StudyEvent.AttributesVaried(
                study,
                Optional.of(new SeriesInstanceUid(uid + ".1")),
                0,
                Set.of(),
                set(Tags.SERIES_DESCRIPTION, text(Vr.LO, ofSeries)),
                all,
                Optional.empty()));
        return all;
    }

    private static StoredInstance corrected(StudyCopyId study, StoredInstance newer, StoredInstance superseded) {
        STORIES.append(new StudyEvent.VersionSuperseded(
                study, newer, superseded.object().version(), superseded.standing(), CT1, NOON));
        return newer;
    }

    private static StoredInstance challenged(StudyCopyId study, int conflict, StoredInstance challenger) {
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
        return challenger;
    }

    private static void resolved(StudyCopyId study, int conflict, StoredInstance before, StoredInstance chosen) {
        STORIES.append(new StudyEvent.ConflictResolved(
                study,
                new ConflictId(conflict),
                Optional.of(chosen.object().version()),
                Optional.of(new VersionChange(before.standing(), chosen.standing())),
                CT1,
                "seen",
                NOON));
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
        StoredInstance first = instance("1.1.1", 1);
        NamedValues says =
                named(study, "1.1", 1, described("ABDOMEN").with(Tags.STUDY_DATE, text(Vr.DA, "20240202")), "COR");
        StoredInstance second = corrected(study, again("1.1", "second", says), first);
        assertShown("1.1", "ABDOMEN", "COR");
        assertFound("1.1", "ABDOMEN", "COR");
        assertThat(node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1"))
                        .matches()
                        .getFirst()
                        .text(Tags.STUDY_DATE))
                .contains("20240202");
        corrected(study, again("1.1", "third", named(study, "1.1", 2, described("PELVIS"), "SAG")), second);
        assertShown("1.1", "PELVIS", "SAG");
    }

    @Test
    void correctionOnWhichTheNodeStops_isShownAfterwards() {
        StudyCopyId study = study("1.2");
        NamedValues says = named(study, "1.2", 1, described("ABDOMEN"), "COR");
        assertShown("1.2", "CHEST", "AX");
        node.restart(folder);
        corrected(study, again("1.2", "second", says), instance("1.2.1", 1));
        assertShown("1.2", "ABDOMEN", "COR");
        node.restart(folder);
        corrected(study, instance("1.2.1", 1), again("1.2", "second", says));
        assertShown("1.2", "CHEST", "AX");
    }

    @Test
    void whatLaterObjectsAdd_isShownBehindWhatWasThere() {
        StudyCopyId study = study("1.3");
        NamedValues says = named(study, "1.3", 1, described("ABDOMEN").with(Tags.STUDY_ID, text(Vr.SH, "7")), "COR");
        STORIES.append(new StudyEvent.InstancesStored(
                study, List.of(StudyStories.saying(instance("1.3.1", 2), says)), CT1, NOON));
        AttributeSet row = node.find(QueryLevel.STUDY, key(Tags.STUDY_ID, Vr.SH, "7"))
                .matches()
                .getFirst();
        assertThat(row.text(Tags.STUDY_DESCRIPTION)).contains("CHEST");
        assertThat(row.text(Tags.STUDY_ID)).contains("7");
    }

    @Test
    void openConflict_isFoundAndNotShownUntilItIsChosen() {
        StudyCopyId study = study("1.4");
        NamedValues says = named(study, "1.4", 1, described("ABDOMEN").with(Tags.STUDY_ID, text(Vr.SH, "8")), "COR");
        StoredInstance challenger = challenged(study, 1, again("1.4", "other", says));
        assertShown("1.4", "CHEST", "AX");
        assertFound("1.4", "ABDOMEN", "COR");
        assertThat(node.find(QueryLevel.STUDY, key(Tags.STUDY_ID, Vr.SH, "8"))
                        .matches()
                        .getFirst()
                        .text(Tags.STUDY_ID))
                .isEmpty();
        resolved(study, 1, instance("1.4.1", 1), challenger);
        assertShown("1.4", "ABDOMEN", "COR");
    }

    @Test
    void olderVersionThatIsChosen_isShownAgain() {
        StudyCopyId study = study("1.5");
        StoredInstance first = instance("1.5.1", 1);
        StoredInstance second =
                corrected(study, again("1.5", "second", named(study, "1.5", 1, described("ABDOMEN"), "COR")), first);
        challenged(study, 1, again("1.5", "third", named(study, "1.5", 2, described("PELVIS"), "SAG")));
        assertShown("1.5", "ABDOMEN", "COR");
        resolved(study, 1, second, first);
        assertShown("1.5", "CHEST", "AX");
        challenged(study, 2, again("1.5", "fourth", NamedValues.OF_BASELINE));
        resolved(study, 2, first, second);
        assertShown("1.5", "ABDOMEN", "COR");
    }

    @Test
    void correctionTakenBack_isShownNoMore() {
        StudyCopyId study = study("1.6");
        StoredInstance first = instance("1.6.1", 1);
        StoredInstance second = corrected(study, again("1.6", "second", NamedValues.OF_BASELINE), first);
        NamedValues says = named(study, "1.6", 1, described("PELVIS"), "SAG");
        StoredInstance third = corrected(study, again("1.6", "third", says), second);
        assertShown("1.6", "PELVIS", "SAG");
        corrected(study, first, third);
        assertShown("1.6", "CHEST", "AX");
        corrected(study, third, first);
        assertShown("1.6", "PELVIS", "SAG");
    }

    /** What several objects say stays when one of them says it no longer, and none says what only that one said. */
    @Test
    void textThatOthersHave_staysAndTextThatNoneHas_goes() {
        StudyCopyId study = study("1.7");
        NamedValues says = named(study, "1.7", 1, described("ABDOMEN"), "COR");
        StoredInstance first = instance("1.7.1", 1);
        StoredInstance second = StudyStories.saying(instance("1.7.1", 2), says);
        STORIES.append(new StudyEvent.InstancesStored(study, List.of(second), CT1, NOON));
        StoredInstance same = corrected(study, again("1.7", "second", says), first);
        assertThat(descriptions("1.7")).containsExactly("ABDOMEN", "COR");
        NamedValues blank = new NamedValues(
                Map.of(Tags.STUDY_DESCRIPTION, NamedValues.ABSENT, Tags.SERIES_DESCRIPTION, NamedValues.UNNAMED));
        StoredInstance silent = corrected(study, again("1.7", "third", blank), same);
        assertThat(descriptions("1.7")).containsExactly("ABDOMEN", "COR");
        STORIES.append(new StudyEvent.VersionSuperseded(
                study,
                StudyStories.saying(
                        new StoredInstance(second.series(), recoded(second.object()), second.differences()), blank),
                second.object().version(),
                second.standing(),
                CT1,
                NOON));
        assertThat(descriptions("1.7")).containsExactly("", "");
        corrected(study, first, silent);
        assertThat(descriptions("1.7")).containsExactly("CHEST", "AX");
    }

    private static StoredObject recoded(StoredObject object) {
        return new StoredObject(
                object.sopInstanceUid(),
                object.sopClassUid(),
                object.transferSyntax(),
                Digest.sha256("recoded".getBytes(StandardCharsets.UTF_8)),
                1000,
                object.blob());
    }

    /** Of the study and of its one series, as the row of the series shows them. */
    private static List<String> descriptions(String uid) {
        AttributeSet series = node.find(QueryLevel.SERIES, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid))
                .matches()
                .getFirst();
        assertThat(node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid))
                        .matches()
                        .getFirst()
                        .text(Tags.STUDY_DESCRIPTION)
                        .orElse(""))
                .isEqualTo(series.text(Tags.STUDY_DESCRIPTION).orElse(""));
        return List.of(
                series.text(Tags.STUDY_DESCRIPTION).orElse(""),
                series.text(Tags.SERIES_DESCRIPTION).orElse(""));
    }

    /** The first object of a series moves to another: what it was the first to say is not said of those that stay. */
    @Test
    void seriesThatItsFirstObjectLeaves_showsWhatTheOthersSay() {
        StudyCopyId study = study("1.8");
        NamedValues says = named(study, "1.8", 1, described("ABDOMEN"), "COR");
        STORIES.append(new StudyEvent.InstancesStored(
                study, List.of(StudyStories.saying(instance("1.8.1", 2), says)), CT1, NOON));
        STORIES.series(study, "1.8.2", set(Tags.SERIES_DESCRIPTION, text(Vr.LO, "ELSEWHERE")));
        StoredInstance first = instance("1.8.1", 1);
        StoredInstance moved =
                new StoredInstance(new SeriesInstanceUid("1.8.2"), recoded(first.object()), first.differences());
        challenged(study, 1, moved);
        resolved(study, 1, first, moved);
        List<String> shown = node.find(QueryLevel.SERIES, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.8")).matches().stream()
                .map(row -> row.text(Tags.SERIES_DESCRIPTION).orElse(""))
                .toList();
        assertThat(shown).containsExactlyInAnyOrder("COR", "ELSEWHERE");
    }

    /** What a rejected challenger says is of nothing that is here. */
    @Test
    void modalitiesAndClasses_areThoseOfCurrentObjects() {
        StudyCopyId study = study("1.9");
        STORIES.append(new StudyEvent.AttributesVaried(
                study,
                Optional.of(new SeriesInstanceUid("1.9.1")),
                0,
                Set.of(),
                set(Tags.MODALITY, text(Vr.CS, "PT")),
                new NamedValues(Map.of(Tags.MODALITY, 1)),
                Optional.empty()));
        StoredInstance first = instance("1.9.1", 1);
        StoredObject object = recoded(first.object());
        StoredInstance other = new StoredInstance(
                first.series(),
                new StoredObject(
                        object.sopInstanceUid(),
                        new SopClassUid("1.2.840.10008.5.1.4.1.1.128"),
                        object.transferSyntax(),
                        object.digest(),
                        object.lengthBytes(),
                        object.blob()),
                first.differences(),
                0,
                new NamedValues(Map.of(Tags.MODALITY, 1)));
        challenged(study, 1, other);
        assertKinds("1.9", "CT", first);
        resolved(study, 1, first, other);
        assertKinds("1.9", "PT", other);
    }

    private static void assertKinds(String uid, String modality, StoredInstance current) {
        AttributeSet row = node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid))
                .matches()
                .getFirst();
        assertThat(row.get(Tags.MODALITIES_IN_STUDY)).contains(text(Vr.CS, modality));
        assertThat(row.get(Tags.SOP_CLASSES_IN_STUDY))
                .contains(text(Vr.UI, current.object().sopClassUid().value()));
        assertThat(node.find(
                                QueryLevel.SERIES,
                                key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid),
                                key(
                                        Tags.SOP_CLASSES_IN_STUDY,
                                        Vr.UI,
                                        current.object().sopClassUid().value()))
                        .matches())
                .hasSize(1);
    }

    /** A series that comes later changes what the study's other series are found by. */
    @Test
    void classOfALaterSeries_findsTheSeriesBefore() {
        StudyCopyId study = study("1.10");
        STORIES.series(study, "1.10.2", set(Tags.MODALITY, text(Vr.CS, "CT")));
        StoredInstance later = instance("1.10.2", 1);
        StoredObject object = later.object();
        assertThat(node.studies(key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.10"))).hasSize(1);
        STORIES.append(new StudyEvent.InstancesStored(
                study,
                List.of(new StoredInstance(
                        later.series(),
                        new StoredObject(
                                object.sopInstanceUid(),
                                new SopClassUid("1.2.840.10008.5.1.4.1.1.88.11"),
                                object.transferSyntax(),
                                object.digest(),
                                object.lengthBytes(),
                                object.blob()),
                        later.differences())),
                CT1,
                NOON));
        assertThat(node.find(
                                QueryLevel.SERIES,
                                key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.10"),
                                key(Tags.SOP_CLASSES_IN_STUDY, Vr.UI, "1.2.840.10008.5.1.4.1.1.88.11"))
                        .matches())
                .hasSize(2);
    }
}

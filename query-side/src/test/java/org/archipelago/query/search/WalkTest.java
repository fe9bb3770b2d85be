package org.archipelago.query.search;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.person;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
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

/** Queries with more matches than one request to Elasticsearch brings. */
@ExtendWith(RunningElasticsearch.class)
class WalkTest {
    private static final int PATIENTS = 300;
    private static final MatchingKey CT = key(Tags.MODALITY, Vr.CS, "CT");
    private static final MemoryLog LOG = new MemoryLog();
    private static final StudyStories STORIES = new StudyStories(LOG);
    private static SearchNode node;

    /** Two studies for each patient, with two CT series each. */
    @BeforeAll
    static void fill(RunningElasticsearch.Server elasticsearch, @TempDir Path folder) {
        for (int i = 0; i < PATIENTS; i++) {
            PatientRecordId patient = STORIES.patient("P" + i, SearchNode.ISSUER, person("P" + i, "Doe^N" + i));
            for (int s = 0; s < 2; s++) {
                study(patient, i, s);
            }
        }
        node = new SearchNode(elasticsearch.uri(), LOG, folder);
        node.awaitIndex();
    }

    private static void study(PatientRecordId patient, int i, int s) {
        String uid = "1." + i + "." + s;
        StudyCopyId study = STORIES.study(
                uid,
                Optional.of(patient),
                person("P" + i, "Doe^N" + i + (s == 0 ? "" : "^Other"))
                        .with(Tags.STUDY_DATE, text(Vr.DA, "202401" + (10 + i % 20))));
        for (String series : List.of(uid + ".1", uid + ".2")) {
            STORIES.series(study, series, set(Tags.MODALITY, text(Vr.CS, "CT")));
            STORIES.instances(study, series, 1, 1);
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static ArchiveQuery query(QueryLevel level, int offset, MatchingKey... keys) {
        return new ArchiveQuery(
                level, List.of(keys), SearchNode.ISSUER, false, Set.of(), true, offset, 100, new LocalPosition(-1));
    }

    private static List<String> walked(QueryLevel level, int tag, MatchingKey... keys) {
        List<String> found = new ArrayList<>();
        node.queries()
                .walk(query(level, 0, keys), match -> found.add(match.text(tag).orElseThrow()));
        return found;
    }

    private static List<String> paged(QueryLevel level, int tag, MatchingKey... keys) {
        List<String> found = new ArrayList<>();
        while (true) {
            var page = node.queries().find(query(level, found.size(), keys));
            page.matches().forEach(match -> found.add(match.text(tag).orElseThrow()));
            if (!page.more()) {
                return found;
            }
        }
    }

    @Test
    void everyLevel_isWalkedOnceInTheOrderOfPages() {
        MatchingKey early = key(Tags.STUDY_DATE, Vr.DA, "-20240131");
        assertThat(walked(QueryLevel.STUDY, Tags.STUDY_INSTANCE_UID, early))
                .hasSize(2 * PATIENTS)
                .doesNotHaveDuplicates()
                .isEqualTo(paged(QueryLevel.STUDY, Tags.STUDY_INSTANCE_UID, early));
        assertThat(walked(QueryLevel.STUDY, Tags.STUDY_INSTANCE_UID, early, CT))
                .hasSize(2 * PATIENTS)
                .doesNotHaveDuplicates()
                .isEqualTo(paged(QueryLevel.STUDY, Tags.STUDY_INSTANCE_UID, early, CT));
        assertThat(walked(QueryLevel.PATIENT, Tags.PATIENT_ID, early, CT))
                .hasSize(PATIENTS)
                .doesNotHaveDuplicates()
                .isEqualTo(paged(QueryLevel.PATIENT, Tags.PATIENT_ID, early, CT));
        assertThat(walked(QueryLevel.SERIES, Tags.SERIES_INSTANCE_UID, early))
                .hasSize(4 * PATIENTS)
                .doesNotHaveDuplicates()
                .isEqualTo(paged(QueryLevel.SERIES, Tags.SERIES_INSTANCE_UID, early));
    }

    @Test
    void whatComesDuringAWalk_neitherRepeatsNorDisplaces() {
        MatchingKey early = key(Tags.STUDY_DATE, Vr.DA, "-20240131");
        List<String> found = new ArrayList<>();
        node.queries().walk(query(QueryLevel.STUDY, 0, early, CT), match -> {
            found.add(match.text(Tags.STUDY_INSTANCE_UID).orElseThrow());
            if (found.size() == 100) {
                arrivals();
            }
            return true;
        });
        assertThat(found)
                .doesNotHaveDuplicates()
                .containsAll(IntStream.range(0, PATIENTS)
                        .mapToObj(i -> "1." + i + ".1")
                        .toList())
                .containsAll(IntStream.range(0, PATIENTS)
                        .mapToObj(i -> "1." + i + ".0")
                        .toList());
    }

    /** Studies that sort before and behind, and an old one that changes. */
    private static void arrivals() {
        for (int i = 0; i < 20; i++) {
            STORIES.simple("2." + i, "Q" + i, SearchNode.ISSUER, "New^One", i % 2 == 0 ? "20250101" : "20250202", 1);
        }
        STORIES.append(new PatientEvent.PatientCorrected(
                STORIES.names.patient(new org.archipelago.contract.patient.PatientIdentifier("P5", SearchNode.ISSUER)),
                set(Tags.PATIENT_NAME, name("Aaa^First")),
                StudyStories.CT1,
                "typo",
                NOON));
        node.awaitIndex();
    }

    @Test
    void receiverThatHasEnough_endsTheWalk() {
        List<String> found = new ArrayList<>();
        node.queries().walk(query(QueryLevel.STUDY, 0), match -> {
            found.add(match.text(Tags.STUDY_INSTANCE_UID).orElseThrow());
            return found.size() < 150;
        });
        assertThat(found).hasSize(150);
    }

    @Test
    void receiverThatIsGone_endsTheWalkAtTheNextPage() {
        for (QueryLevel level : List.of(QueryLevel.PATIENT, QueryLevel.STUDY, QueryLevel.SERIES)) {
            int[] asked = {0};
            int[] found = {0};
            node.queries().walk(query(level, 0, CT), new ArchiveQueries.MatchConsumer<RuntimeException>() {
                @Override
                public boolean take(AttributeSet match) {
                    found[0]++;
                    return true;
                }

                @Override
                public boolean isWanted() {
                    return ++asked[0] < 2;
                }
            });
            assertThat(asked[0]).isEqualTo(2);
            assertThat(found[0]).isBetween(1, 500);
        }
    }

    @Test
    void pageBehindTheWindow_isReachedWhateverIsGrouped() {
        for (QueryLevel level : List.of(QueryLevel.PATIENT, QueryLevel.STUDY, QueryLevel.SERIES)) {
            assertThat(node.queries().find(query(level, 10_500, CT)).matches()).isEmpty();
        }
    }
}

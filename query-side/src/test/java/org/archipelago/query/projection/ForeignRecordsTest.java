package org.archipelago.query.projection;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.CT1;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.person;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.archipelago.query.search.Listings;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What other sites recorded, in the indexes of this one. */
@ExtendWith(RunningElasticsearch.class)
class ForeignRecordsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final MemoryLog log = new MemoryLog();
    private static final StudyStories own = new StudyStories(log);
    private static final StudyStories foreign = new StudyStories(log, MemoryLog.OTHER_SITE);
    private static SearchNode node;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start(RunningElasticsearch.Server elasticsearch) {
        node = new SearchNode(elasticsearch.uri(), log, folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** Of one index, by id. */
    private static Map<String, JsonNode> documents(String index) {
        Map<String, JsonNode> found = new TreeMap<>();
        node.everything().forEach((name, document) -> {
            String[] parts = name.split(" ");
            if (parts[0].equals(index)) {
                found.put(parts[1], document);
            }
        });
        return found;
    }

    /** Of this stream, without what tells when it was folded. */
    private static Map<String, JsonNode> documentsOf(StreamId stream) {
        Map<String, JsonNode> found = new TreeMap<>();
        for (String index : List.of("studies", "series", "patients")) {
            documents(index).forEach((id, document) -> {
                if (id.startsWith(stream.value())) {
                    ObjectNode copy = document.deepCopy();
                    copy.remove("position");
                    found.put(index + " " + id, copy);
                }
            });
        }
        return found;
    }

    private static JsonNode study(StudyCopyId study) {
        return documents("studies").get(study.stream().value());
    }

    @Test
    void foreignStudy_isInTheIndexUnderItsOrigin() {
        StudyCopyId study = foreign.simple("61.1", "17", "HARBOR", "Doe^Jane", "20240101", 3);
        JsonNode found = study(study);
        assertThat(found.path("origin").asText()).isEqualTo(MemoryLog.OTHER_SITE.toString());
        assertThat(found.path("kind").asText()).isEqualTo("studies");
        assertThat(found.path("instances").asLong()).isEqualTo(3);
        assertThat(documents("series")
                        .get(study.stream().value() + ":61.1.1")
                        .path("origin")
                        .asText())
                .isEqualTo(MemoryLog.OTHER_SITE.toString());
        PatientRecordId patient = foreign.names.patient(new PatientIdentifier("17", "HARBOR"));
        assertThat(documents("patients")
                        .get(patient.stream().value())
                        .path("origin")
                        .asText())
                .isEqualTo(MemoryLog.OTHER_SITE.toString());
    }

    @Test
    void foreignStudy_isInNoAnswerOfThisSite() {
        own.simple("62.1", "62", "NORTH", "Roe^Richard", "20240102", 2);
        StudyCopyId study = foreign.simple("62.2", "62", "NORTH", "Roe^Richard", "20240101", 3);
        foreign.append(new StudyEvent.StudyHeld(study, "legal", CT1, NOON));
        for (QueryLevel level : List.of(QueryLevel.STUDY, QueryLevel.SERIES)) {
            assertThat(node.find(level, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "62.2"))
                            .matches())
                    .isEmpty();
            assertThat(node.find(level, key(Tags.PATIENT_ID, Vr.LO, "62")).matches())
                    .extracting(match -> match.text(Tags.STUDY_INSTANCE_UID))
                    .containsExactly(Optional.of("62.1"));
        }
        assertThat(node.studies()).doesNotContain("62.2");
        QueryPage patients = node.find(QueryLevel.PATIENT, key(Tags.PATIENT_ID, Vr.LO, "62"));
        assertThat(patients.matches())
                .extracting(match -> match.text(Tags.NUMBER_OF_PATIENT_RELATED_STUDIES))
                .containsExactly(Optional.of("1"));
        assertThat(patients.patients())
                .allMatch(patient -> patient.stream().origin().equals(MemoryLog.SITE));
    }

    @Test
    void foreignStudy_isInNoListOfThisSite() {
        StudyCopyId study = foreign.simple("63.1", "63", "HARBOR", "Roe^Rose", "20240101", 1);
        foreign.ofOther(
                study,
                1,
                foreign.patient("64", "HARBOR", person("64", "Poe^Paul")),
                "63.1.1",
                2,
                person("64", "Poe^Paul"),
                1);
        StudyCopyId ours = own.simple("63.2", "65", "NORTH", "Doe^Dora", "20240101", 1);
        node.awaitIndex();
        Listings listings = new Listings(node.cluster, node.projections);
        assertThat(listings.inConflict(0, 100)).isEmpty();
        List<StudyCopyId> unsettled = new ArrayList<>();
        listings.unsettled(unsettled::add);
        assertThat(unsettled)
                .contains(ours)
                .allMatch(copy -> copy.stream().origin().equals(MemoryLog.SITE));
    }

    @Test
    void foreignQuarantineAndOperations_areNotFolded() {
        var quarantined = foreign.names.quarantine("q");
        log.append(
                quarantined.stream().value(),
                new QuarantineEvent.ObjectQuarantined(
                        quarantined,
                        QuarantineReason.NO_STUDY,
                        StudyStories.instance("9.9", 1).object(),
                        AttributeSet.EMPTY,
                        CT1,
                        NOON));
        assertThat(documents("quarantine")).isEmpty();
    }

    /** Else another site could say who this site's patients are, and what belongs to them. */
    @Test
    void recordThatNamesAPatientOfAnotherOrigin_touchesNothingOfIt() {
        PatientRecordId patient = own.patient("65", "NORTH", person("65", "Doe^Own"));
        PatientRecordId second = own.patient("66", "NORTH", person("66", "Doe^Second"));
        Map<String, JsonNode> before = documentsOf(patient.stream());
        StudyCopyId study = foreign.study("65.1", Optional.of(patient), person("65", "Doe^Foreign"));
        foreign.series(study, "65.1.1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        foreign.instances(study, "65.1.1", 1, 1);
        foreign.describes(study, 1, Optional.of(second), person("66", "Doe^Other"));
        PatientRecordId mergedAway = foreign.patient("67", "HARBOR", person("67", "Doe^Merged"));
        foreign.append(new PatientEvent.PatientMerged(mergedAway, patient, CT1, "stolen", NOON));
        assertThat(documentsOf(patient.stream())).isEqualTo(before);
        assertThat(study(study).path("patients")).isEmpty();
        assertThat(documents("patients")
                        .get(mergedAway.stream().value())
                        .path("survivor")
                        .asText())
                .isEqualTo(mergedAway.stream().value());
    }

    /** Neither as a dead letter nor at the price of what came with it. */
    @Test
    void whatCannotBeFolded_isPassedOver() {
        int letters = node.projections.deadLetters().size();
        StudyCopyId broken = foreign.names.study(new StudyInstanceUid("68.1"));
        StudyCopyId good = null;
        for (int i = 0; i < 20; i++) {
            log.append(
                    foreign.names.patient(new PatientIdentifier("broken" + i, "HARBOR")).stream()
                            .value(),
                    new PatientEvent.PatientRegistered(
                            foreign.names.patient(new PatientIdentifier("broken" + i, "HARBOR")),
                            null,
                            AttributeSet.EMPTY,
                            NOON));
            log.appendDamaged(broken.stream().value());
            good = foreign.simple("68.2." + i, "68", "HARBOR", "Roe^Good", "20240101", 1);
        }
        own.simple("68.3", "own68", "NORTH", "Roe^Own", "20240101", 1);
        assertThat(node.studies(key(Tags.STUDY_INSTANCE_UID, Vr.UI, "68.3"))).hasSize(1);
        assertThat(study(good).path("instances").asLong()).isEqualTo(1);
        assertThat(study(broken).path("missed").asLong()).isEqualTo(20);
        assertThat(node.projections.deadLetters()).hasSize(letters);
    }

    /** Each look at one of them would follow them all. */
    @Test
    void recordsMergedWithoutEnd_areFollowedSoFar() {
        for (int i = 0; i <= ForeignFold.MAX_MERGED; i++) {
            foreign.append(new PatientEvent.PatientMerged(endless(i), endless(i + 1), CT1, "again", NOON));
        }
        assertThat(documents("patients")
                        .get(endless(ForeignFold.MAX_MERGED - 2).stream().value())
                        .path("survivor")
                        .asText())
                .isEqualTo(endless(ForeignFold.MAX_MERGED - 1).stream().value());
        JsonNode refused = documents("patients")
                .get(endless(ForeignFold.MAX_MERGED - 1).stream().value());
        assertThat(refused.path("survivor").asText())
                .isEqualTo(refused.path("record").asText());
        assertThat(refused.path("missed").asLong()).isEqualTo(1);
    }

    private static PatientRecordId endless(int number) {
        return foreign.names.patient(new PatientIdentifier("endless" + number, "HARBOR"));
    }

    /** In whatever order keys come, and whether or not anybody tells of them. */
    @Test
    void streamsWhoseKeysComeLater_areFoldedAsIfTheyHadBeenThere() {
        StudyCopyId expected = foreign.simple("70.1", "70", "HARBOR", "Doe^Late", "20240101", 2);
        PatientRecordId patient = foreign.names.patient(new PatientIdentifier("71", "HARBOR"));
        StudyCopyId study = foreign.names.study(new StudyInstanceUid("71.1"));
        log.lock(patient.stream());
        log.lock(study.stream());
        foreign.simple("71.1", "71", "HARBOR", "Doe^Late", "20240101", 2);
        foreign.append(new PatientEvent.PatientCorrected(
                patient, set(Tags.PATIENT_NAME, name("Doe^Last")), CT1, "typo", NOON));
        assertThat(study(study).path("kind").asText()).isEqualTo("hidden");
        assertThat(study(study).path("locked").asLong()).isEqualTo(3);

        log.unlock(study.stream());
        foreign.instances(study, "71.1.1", 3, 1);
        node.projections.reread(List.of(study.stream()));
        await().atMost(SOON).until(() -> study(study).path("instances").asLong() == 3);
        assertThat(study(study).has("missed")).isFalse();
        log.unlock(patient.stream());
        await().atMost(SOON).until(() -> study(study).path("shown").toString().contains("Last"));

        Map<String, JsonNode> late = documentsOf(study.stream());
        Map<String, JsonNode> latePatient = documentsOf(patient.stream());
        List<String> indexes = node.physicalIndexes();
        node.projections.rebuild();
        await().atMost(SOON).until(() -> Collections.disjoint(indexes, node.physicalIndexes()));
        assertThat(documentsOf(study.stream())).isEqualTo(late);
        assertThat(documentsOf(patient.stream())).isEqualTo(latePatient);
        assertThat(study(expected).path("instances").asLong()).isEqualTo(2);
    }
}

package org.archipelago.query.projection;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.CT1;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tokens, rebuilds and dead letters, in one node's indexes that all tests share: making indexes takes long. */
@ExtendWith(RunningElasticsearch.class)
class ProjectionsTest {
    private static final int RETRIES = 100;

    private static final MemoryLog log = new MemoryLog();
    private static final StudyStories stories = new StudyStories(log);
    private static SearchNode node;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start(RunningElasticsearch.Server elasticsearch) {
        stories.allKinds();
        node = new SearchNode(elasticsearch.uri(), log, folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Optional<AttributeSet> study(String uid) {
        return node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid)).matches().stream()
                .findFirst();
    }

    private static String physical(String index) {
        return node.physicalIndexes().stream()
                .filter(name -> name.contains("-" + index + "-"))
                .findFirst()
                .orElseThrow();
    }

    /** Until these indexes are others than they were, and alone. */
    private static void awaitOtherThan(List<String> before, String... indexes) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> {
                    List<String> now = node.physicalIndexes();
                    for (String index : indexes) {
                        assertThat(now)
                                .filteredOn(name -> name.contains("-" + index + "-"))
                                .hasSize(1)
                                .doesNotContainAnyElementsOf(before);
                    }
                });
    }

    private static List<DeadLetter> letters(PatientRecordId patient) {
        return node.projections.deadLetters().stream()
                .filter(letter -> letter.stream().equals(patient.stream().value()))
                .toList();
    }

    @Test
    void deletedIndex_isRebuiltIdentical() {
        Map<String, JsonNode> before = node.everything();
        List<String> indexes = node.physicalIndexes();
        node.cluster.send("DELETE", "/" + physical("series"), null);
        awaitOtherThan(indexes, "series", "studies");
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void mergesOneAfterAnother_areRebuiltIdentical() {
        List<PatientRecordId> chain = new ArrayList<>();
        for (String id : List.of("8101", "8102", "8103", "8104")) {
            stories.simple("1.2.8." + id, id, "NORTH", "CHAIN^" + id, "20260101", 1);
            chain.add(stories.names.patient(new PatientIdentifier(id, "NORTH")));
        }
        for (int i = 0; i + 1 < chain.size(); i++) {
            stories.append(new PatientEvent.PatientMerged(chain.get(i), chain.get(i + 1), CT1, "same", NOON));
            node.awaitIndex();
        }
        stories.append(new PatientEvent.PatientCorrected(
                chain.getLast(), set(Tags.PATIENT_NAME, name("CHAIN^LAST")), CT1, "typo", NOON));
        Map<String, JsonNode> before = documentsThatSay("CHAIN");
        List<String> indexes = node.physicalIndexes();
        node.projections.rebuild();
        awaitOtherThan(indexes, "studies", "series", "patients", "quarantine", "access", "sites");
        assertThat(documentsThatSay("CHAIN")).isEqualTo(before);
        assertThat(before.values().stream()
                        .filter(document -> document.path("survivor")
                                .asText()
                                .equals(chain.getLast().stream().value())))
                .hasSize(chain.size());
    }

    private static Map<String, JsonNode> documentsThatSay(String word) {
        Map<String, JsonNode> all = node.everything();
        all.values().removeIf(document -> !document.toString().contains(word));
        return all;
    }

    /** Else each batch would write to every index, and Elasticsearch refresh them all. */
    @Test
    void batches_leaveTheTokensOfOtherIndexesAlone() {
        StudyCopyId study = stories.simple("1.2.8.1", "8001", "NORTH", "BATCH^ANN", "20260101", 1);
        node.awaitIndex();
        long quarantine = tokenVersion("quarantine");
        long series = tokenVersion("series");
        for (int number = 2; number <= 60; number++) {
            stories.instances(study, "1.2.8.1.1", number, 1);
            node.awaitIndex();
        }
        assertThat(tokenVersion("series") - series).isGreaterThan(40);
        // A claim is renewed every three seconds, or when nothing comes for one.
        assertThat(tokenVersion("quarantine") - quarantine).isLessThan(20);
    }

    @Test
    void eventsThatNobodyWaitsFor_gatherToBatches() {
        StudyCopyId study = stories.simple("1.2.8.2", "8002", "NORTH", "GATHER^ANN", "20260101", 1);
        node.awaitIndex();
        long series = tokenVersion("series");
        for (int number = 2; number <= 100; number++) {
            stories.instances(study, "1.2.8.2.1", number, 1);
            LockSupport.parkNanos(5_000_000);
        }
        node.awaitIndex();
        assertThat(tokenVersion("series") - series).isBetween(1L, 40L);
    }

    private static long tokenVersion(String index) {
        return node.cluster
                .send("GET", "/" + physical(index) + "/_doc/_token", null)
                .path("_version")
                .asLong();
    }

    @Test
    void whileIndexIsGone_searchSaysUnavailableNotNothing() {
        Map<String, JsonNode> before = node.everything();
        node.projections.close();
        node.cluster.send("DELETE", "/" + String.join(",", node.physicalIndexes()), null);
        ArchiveQuery all = new ArchiveQuery(
                QueryLevel.STUDY, List.of(), "NORTH", false, Set.of(), false, 0, 10, new LocalPosition(-1));
        assertThatThrownBy(() -> node.queries().find(all))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.SEARCH_UNAVAILABLE));
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void restart_goesOnWhereTheTokenIs() {
        Map<String, JsonNode> before = node.everything();
        List<String> indexes = node.physicalIndexes();
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
        stories.simple("8.1", "restart", "NORTH", "New^One", "20240103", 1);
        assertThat(study("8.1")).isPresent();
        assertThat(node.physicalIndexes()).isEqualTo(indexes);
    }

    @Test
    void tokenOfAnEarlierTime_foldsAgainWithoutChange() {
        Map<String, JsonNode> before = node.everything();
        node.projections.close();
        List<String> catalogue =
                List.of(physical("studies"), physical("series"), physical("patients"), physical("quarantine"));
        TokenDocuments tokens = new TokenDocuments(node.cluster, catalogue, "node", Clock.systemUTC());
        assertThat(tokens.claim()).isPresent();
        assertThat(tokens.store(TokenDocuments.start(log.incarnation()))).isTrue();
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void seriesIndexOfAnEarlierTime_catchesUpWithWhatTheStudyAlreadyKnows() {
        StudyCopyId study = stories.study("9.1", Optional.empty(), StudyStories.person("", "Old^Index"));
        stories.series(study, "9.1.1", set(Tags.MODALITY, StudyStories.text(Vr.CS, "CT")));
        stories.instances(study, "9.1.1", 1, 1);
        node.awaitIndex();
        node.projections.close();
        String series = physical("series");
        JsonNode definition = node.cluster.send("GET", "/" + series, null).path(series);
        node.cluster.send("POST", "/" + series + "/_refresh", null);
        JsonNode early = node.cluster
                .send(
                        "POST",
                        "/" + series + "/_search",
                        SearchCluster.object().put("size", 1000).put("version", true))
                .path("hits")
                .path("hits");
        node.restart(folder);
        stories.append(new StudyEvent.AttributesVaried(
                study,
                Optional.empty(),
                0,
                Set.of(),
                set(Tags.PATIENT_NAME, name("New^Value")),
                new NamedValues(Map.of(Tags.PATIENT_NAME, 1)),
                Optional.empty()));
        PatientRecordId patient = stories.patient("91", "NORTH", AttributeSet.EMPTY);
        stories.append(new StudyEvent.PersonDescribed(study, 1, Optional.of(patient), AttributeSet.EMPTY, false, NOON));
        stories.series(study, "9.1.2", set(Tags.MODALITY, StudyStories.text(Vr.CS, "SR")));
        stories.instances(study, "9.1.2", 1, 1);
        Map<String, JsonNode> whole = node.everything();
        node.projections.close();
        node.cluster.send("DELETE", "/" + series, null);
        ObjectNode again = SearchCluster.object();
        again.set("mappings", definition.path("mappings"));
        again.set("aliases", definition.path("aliases"));
        node.cluster.send("PUT", "/" + series, again);
        for (JsonNode document : early) {
            String external = "?version=" + document.path("_version").asLong() + "&version_type=external";
            boolean token = document.path("_id").asText().equals("_token");
            node.cluster.send(
                    "PUT",
                    "/" + series + "/_doc/" + document.path("_id").asText().replace("/", "%2F")
                            + (token ? "" : external),
                    document.path("_source"));
        }
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(whole);
    }

    @Test
    void logOfAnotherIncarnation_rebuilds() {
        Map<String, JsonNode> before = node.everything();
        List<String> indexes = node.physicalIndexes();
        node.projections.close();
        log.reincarnate();
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
        assertThat(node.physicalIndexes()).hasSize(6).doesNotContainAnyElementsOf(indexes);
    }

    @Test
    void changedMapping_isBuiltBesideTheOldIndex() {
        Map<String, JsonNode> before = node.everything();
        List<String> indexes = node.physicalIndexes();
        node.projections.close();
        JsonNode older =
                SearchCluster.object().set("_meta", SearchCluster.object().put("hash", "of an older program"));
        node.cluster.send("PUT", "/" + physical("studies") + "/_mapping", older);
        node.restart(folder);
        awaitOtherThan(indexes, "studies", "patients");
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void whileANewMappingIsBuilt_whatIsWrittenIsFound() {
        node.awaitIndex();
        List<String> indexes = node.physicalIndexes();
        node.projections.close();
        JsonNode older =
                SearchCluster.object().set("_meta", SearchCluster.object().put("hash", "of an older program"));
        node.cluster.send("PUT", "/" + physical("studies") + "/_mapping", older);
        log.holdBackFrom(new LocalPosition(0));
        try {
            node.restart(folder);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.physicalIndexes().size() > indexes.size()
                            && node.projections.status().stream().anyMatch(ProjectionStatus::rebuilding));
            for (int i = 0; i < 3; i++) {
                stories.simple("8.5." + i, "meanwhile", "NORTH", "Meanwhile^One", "20240103", 1);
                assertThat(node.queries()
                                .find(new ArchiveQuery(
                                        QueryLevel.STUDY,
                                        List.of(key(Tags.STUDY_INSTANCE_UID, Vr.UI, "8.5." + i)),
                                        "NORTH",
                                        false,
                                        Set.of(),
                                        false,
                                        0,
                                        10,
                                        log.head()))
                                .matches())
                        .hasSize(1);
            }
            assertThat(node.projections.status()).anyMatch(ProjectionStatus::rebuilding);
        } finally {
            log.letGo();
        }
        awaitOtherThan(indexes, "studies", "patients");
    }

    @Test
    void indexThatIsBeingRead_staysUntilTheReaderHasDone() {
        node.awaitIndex();
        List<String> before = node.physicalIndexes();
        String read;
        try (Reading reading = node.projections.catalogue(log.head(), Duration.ofSeconds(10))) {
            read = reading.index("studies");
            node.projections.rebuild();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> node.projections.status().stream().noneMatch(ProjectionStatus::rebuilding));
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> node.physicalIndexes().contains(read));
        }
        awaitOtherThan(before, "studies", "series", "access");
    }

    @Test
    void lostAlias_hidesNothingAndIsMadeAgain() {
        node.awaitIndex();
        List<String> before = node.physicalIndexes();
        String alias = node.cluster.indexPrefix() + "-studies";
        node.cluster.send("DELETE", "/" + physical("studies") + "/_alias/" + alias, null);
        assertThat(study("1.1")).isPresent();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> node.cluster.find("GET", "/_alias/" + alias, null).isPresent());
        assertThat(node.physicalIndexes()).isEqualTo(before);
    }

    @Test
    void indexesOfAnotherSite_areLeftAloneAndNotServed() throws IOException {
        Map<String, JsonNode> before = node.everything();
        List<String> indexes = node.physicalIndexes();
        MemoryLog otherLog = new MemoryLog();
        new StudyStories(otherLog).simple("1.1", "17", "NORTH", "Other^Site", "20240101", 1);
        try (DeadLetters letters = new DeadLetters(folder.resolve("other-letters"), Clock.systemUTC());
                Projections other =
                        new Projections(node.cluster, otherLog, otherLog, letters, "other site", Clock.systemUTC())) {
            other.start();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThatThrownBy(() -> other.catalogue(new LocalPosition(-1), Duration.ZERO))
                            .hasMessageContaining("belongs to another site"));
            other.rebuild();
            assertThat(node.physicalIndexes()).isEqualTo(indexes);
        }
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void blockedIndex_isWaitedForAndParksNothing() {
        node.awaitIndex();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> node.physicalIndexes().size() == 6);
        List<String> indexes = node.physicalIndexes();
        block(true);
        try {
            stories.simple("8.6", "blocked", "NORTH", "Blocked^One", "20240103", 1);
            await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                assertThat(node.projections.status()).allMatch(s -> !s.rebuilding());
                assertThat(node.projections.deadLetters())
                        .noneMatch(l -> l.error().contains("block"));
            });
        } finally {
            block(false);
        }
        assertThat(study("8.6")).isPresent();
        assertThat(node.physicalIndexes()).isEqualTo(indexes);
        assertThat(node.projections.deadLetters()).noneMatch(l -> l.error().contains("block"));
    }

    private static void block(boolean blocked) {
        node.cluster.send(
                "PUT",
                "/" + node.cluster.indexPrefix() + "-*/_settings",
                SearchCluster.object().put("index.blocks.write", blocked));
    }

    @Test
    void tokenOfAnotherNode_cannotBeClaimed() {
        node.awaitIndex();
        var other = new TokenDocuments(node.cluster, List.of(physical("studies")), "other node", Clock.systemUTC());
        assertThat(other.claim()).isEmpty();
    }

    @Test
    void rebuild_switchesBesideLiveTraffic() {
        node.awaitIndex();
        List<String> indexes = node.physicalIndexes();
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        Thread traffic = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20; i++) {
                String uid = "7." + i;
                stories.simple(uid, "busy" + i, "NORTH", "Busy^Day", "20240505", 1);
                try {
                    if (study(uid).isEmpty()) {
                        failures.add(uid + " not found");
                    }
                } catch (RuntimeException e) {
                    failures.add(uid + " " + e);
                }
            }
        });
        node.projections.rebuild();
        awaitOtherThan(indexes, "studies", "series", "patients", "quarantine", "access", "sites");
        await().atMost(Duration.ofSeconds(60)).until(() -> !traffic.isAlive());
        assertThat(failures).isEmpty();
        assertThat(node.studies(key(Tags.PATIENT_NAME, Vr.PN, "busy^day"))).hasSize(20);
    }

    @Test
    void unfoldableEvent_holdsUpItsOwnStreamOnly() {
        PatientIdentifier identifier = new PatientIdentifier("unfoldable", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        LocalPosition position = log.append(bad.stream().value(), brokenRegistration(bad));
        stories.append(new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        stories.simple("8.2", "other", "NORTH", "Roe^Richard", "20240102", 1);
        assertThat(study("8.2")).isPresent();
        assertThat(letters(bad))
                .extracting(DeadLetter::position, DeadLetter::error)
                .containsExactly(
                        tuple(position, "NullPointerException"),
                        tuple(new LocalPosition(position.value() + 1), "behind"));
    }

    @Test
    void damagedRecord_holdsUpItsOwnStreamOnly() {
        PatientIdentifier identifier = new PatientIdentifier("damaged", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        LocalPosition position = log.appendDamaged(bad.stream().value());
        stories.append(new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        stories.simple("8.7", "another", "NORTH", "Roe^Robin", "20240102", 1);
        assertThat(study("8.7")).isPresent();
        assertThat(letters(bad))
                .extracting(DeadLetter::position, DeadLetter::error)
                .containsOnly(tuple(position, "CORRUPT"), tuple(new LocalPosition(position.value() + 1), "behind"));
        RecordId record = letters(bad).getFirst().record();
        assertThat(node.projections.retry(record, "repaired?", "operator"))
                .isEqualTo(new Retried(0, Optional.of("CORRUPT")));
    }

    /** A peer's log may be long, and hardly any of it be readable here. */
    @Test
    void eventsOfAnotherSiteThatCannotBeRead_areNoDeadLettersAndShowNothing() {
        int letters = node.projections.deadLetters().size();
        List<String> before = node.studies();
        for (int i = 0; i < 600; i++) {
            log.appendDamaged(MemoryLog.FOREIGN + "study/unreadable" + i);
        }
        assertThat(node.studies()).isEqualTo(before);
        assertThat(node.projections.deadLetters()).hasSize(letters);
        assertThat(node.projections.status())
                .allSatisfy(status -> assertThat(status.visible()).isEqualTo(log.head()));
    }

    /** What a bug of the fold looks like: no such event can be made by the domain. */
    private static PatientEvent brokenRegistration(PatientRecordId patient) {
        return new PatientEvent.PatientRegistered(patient, null, AttributeSet.EMPTY, NOON);
    }

    @Test
    void retriedDeadLetter_foldsWhatWaitedBehindIt() {
        PatientIdentifier identifier = new PatientIdentifier("retried", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        LocalPosition position = log.append(bad.stream().value(), brokenRegistration(bad));
        StudyCopyId study = stories.study("8.3", Optional.of(bad), StudyStories.person("retried", "Doe^Early"));
        stories.series(study, "8.3.1", AttributeSet.EMPTY);
        stories.instances(study, "8.3.1", 1, 1);
        stories.append(
                new PatientEvent.PatientCorrected(bad, set(Tags.PATIENT_NAME, name("Doe^Late")), CT1, "typo", NOON));
        assertThat(node.studies(key(Tags.PATIENT_NAME, Vr.PN, "doe^late"))).isEmpty();
        RecordId record = letters(bad).getFirst().record();
        assertThat(node.projections.retry(record, "fixed?", "operator"))
                .isEqualTo(new Retried(0, Optional.of("NullPointerException")));
        assertThat(letters(bad).getFirst().attempts()).isEqualTo(2);
        log.replace(position, new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        node.restart(folder);
        node.awaitIndex();
        // The attempt in vain is remembered over a restart; what only waits was never tried.
        assertThat(letters(bad)).extracting(DeadLetter::attempts).containsExactly(2, 0);
        assertThat(letters(bad).getFirst().lastFailedAt())
                .isAfterOrEqualTo(letters(bad).getFirst().parkedAt());
        assertThat(node.projections.retry(record, "", "operator")).isEqualTo(new Retried(2, Optional.empty()));
        await().untilAsserted(() -> assertThat(node.studies(key(Tags.PATIENT_NAME, Vr.PN, "doe^late")))
                .containsExactly("8.3"));
        assertThat(letters(bad)).isEmpty();
    }

    /** A small log may be folded before it is abandoned: then the next attempt shows it. Without abandoning none would. */
    @Test
    void abandonedRebuild_leavesWhatIsInUse() {
        Map<String, JsonNode> before = node.everything();
        await().until(() -> node.physicalIndexes().size() == 6);
        List<String> inUse = node.physicalIndexes();
        log.holdBackFrom(new LocalPosition(0)); // else it may be done before it is given up
        try {
            node.projections.rebuild();
            node.projections.abandonRebuild();
        } finally {
            log.letGo();
        }
        assertThat(node.projections.status()).noneMatch(ProjectionStatus::rebuilding);
        assertThat(node.physicalIndexes()).isEqualTo(inUse);
        assertThat(node.projections.status()).allMatch(status -> status.built().value() < 0);
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void rebuild_triesDeadLettersAgainButNotDiscardedOnes() {
        PatientRecordId bad = stories.names.patient(new PatientIdentifier("failing", "NORTH"));
        PatientIdentifier identifier = new PatientIdentifier("discarded", "NORTH");
        PatientRecordId discarded = stories.names.patient(identifier);
        log.append(bad.stream().value(), brokenRegistration(bad));
        log.append(discarded.stream().value(), brokenRegistration(discarded));
        stories.append(new PatientEvent.PatientRegistered(discarded, identifier, AttributeSet.EMPTY, NOON));
        node.awaitIndex();
        node.projections.discard(letters(discarded).getFirst().record(), "never valid", "operator");
        assertThat(letters(discarded)).isEmpty();
        List<String> indexes = node.physicalIndexes();
        node.projections.rebuild();
        awaitOtherThan(indexes, "patients");
        assertThat(node.everything().keySet()).anyMatch(k -> k.startsWith("patients " + discarded));
        assertThat(letters(discarded)).isEmpty();
        assertThat(letters(bad)).hasSize(1);
    }

    @Test
    void indexFollows_howeverOftenALetterIsRetried() {
        PatientIdentifier identifier = new PatientIdentifier("retried again and again", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        log.append(bad.stream().value(), brokenRegistration(bad));
        node.awaitIndex();
        RecordId record = letters(bad).getFirst().record();
        for (int i = 0; i < RETRIES; i++) {
            node.projections.retry(record, "", "operator");
        }
        stories.simple("8.13." + log.head(), "followed", "NORTH", "Last^Of All", "20240102", 1);
        node.awaitIndex();
    }

    @Test
    void letterThatIsDiscardedDuringARebuild_staysDiscarded() {
        PatientIdentifier identifier = new PatientIdentifier("discarded meanwhile", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        log.append(bad.stream().value(), brokenRegistration(bad));
        stories.append(new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        duringARebuild(() -> {
            node.projections.discard(letters(bad).getFirst().record(), "never valid", "operator");
            assertThat(letters(bad)).isEmpty();
        });
        assertThat(letters(bad)).isEmpty();
        assertThat(node.everything().keySet()).anyMatch(k -> k.startsWith("patients " + bad));
    }

    @Test
    void letterThatIsRetriedDuringARebuild_staysFolded() {
        PatientIdentifier identifier = new PatientIdentifier("retried meanwhile", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        LocalPosition position = log.append(bad.stream().value(), brokenRegistration(bad));
        stories.append(
                new PatientEvent.PatientCorrected(bad, set(Tags.PATIENT_NAME, name("Doe^Late")), CT1, "typo", NOON));
        duringARebuild(() -> {
            log.replace(position, new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
            assertThat(node.projections.retry(letters(bad).getFirst().record(), "", "operator"))
                    .isEqualTo(new Retried(2, Optional.empty()));
        });
        assertThat(letters(bad)).isEmpty();
        assertThat(node.everything().keySet()).anyMatch(k -> k.startsWith("patients " + bad));
    }

    /** The new indexes have everything so far but the last event, and their own dead letters, when this is done. */
    private static void duringARebuild(Runnable work) {
        stories.simple("8.12." + log.head(), "last", "NORTH", "Last^Of All", "20240102", 1);
        node.awaitIndex();
        List<String> indexes = node.physicalIndexes();
        LocalPosition last = log.head();
        log.holdBackFrom(last);
        try {
            node.projections.rebuild();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> node.projections.status().stream()
                            .allMatch(status -> status.built().value() == last.value() - 1));
            work.run();
        } finally {
            log.letGo();
        }
        awaitOtherThan(indexes, "studies", "series", "patients", "quarantine", "access", "sites");
    }

    @Test
    void eventsBeforeADamagedRecord_stayFoundAfterARebuild() {
        StudyCopyId study = stories.simple("8.9", "before", "NORTH", "Before^Damage", "20240102", 1);
        assertThat(study("8.9")).isPresent();
        log.appendDamaged(study.stream().value());
        node.awaitIndex();
        assertThat(study("8.9")).as("before the rebuild").isPresent();
        List<String> indexes = node.physicalIndexes();
        node.projections.rebuild();
        awaitOtherThan(indexes, "studies", "series", "patients", "quarantine", "access", "sites");
        assertThat(study("8.9")).as("after the rebuild").isPresent();
        assertThat(node.projections.deadLetters())
                .filteredOn(letter -> letter.group().equals("catalogue")
                        && letter.stream().equals(study.stream().value()))
                .extracting(DeadLetter::error)
                .containsExactly("CORRUPT");
    }
}

package org.archipelago.query.projection;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.CT1;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Folds, tokens, rebuilds and dead letters against the real Elasticsearch. */
@ExtendWith(RunningElasticsearch.class)
class ProjectionsTest {
    private final MemoryLog log = new MemoryLog();
    private final StudyStories stories = new StudyStories(log);
    private final RunningElasticsearch.Server elasticsearch;
    private SearchNode node;

    @TempDir
    Path folder;

    ProjectionsTest(RunningElasticsearch.Server elasticsearch) {
        this.elasticsearch = elasticsearch;
    }

    @BeforeEach
    void start() {
        node = new SearchNode(elasticsearch.uri(), log, folder);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private Optional<AttributeSet> study(String uid) {
        return node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid)).matches().stream()
                .findFirst();
    }

    private void allKinds() {
        stories.allKinds();
    }

    @Test
    void deletedIndex_isRebuiltIdentical() {
        allKinds();
        Map<String, JsonNode> before = node.everything();
        node.physicalIndexes().stream()
                .filter(index -> index.contains("-series-"))
                .forEach(index -> node.cluster.send("DELETE", "/" + index, null));
        awaitGenerations("-series-2", "-studies-2");
        assertThat(node.everything()).isEqualTo(before);
    }

    private void awaitGenerations(String... endings) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> {
                    for (String ending : endings) {
                        assertThat(node.physicalIndexes()).anyMatch(index -> index.endsWith(ending));
                    }
                });
    }

    @Test
    void whileIndexIsGone_searchSaysUnavailableNotNothing() {
        allKinds();
        node.awaitIndex();
        node.projections.close();
        node.physicalIndexes().forEach(index -> node.cluster.send("DELETE", "/" + index, null));
        assertThatThrownBy(() -> node.queries()
                        .find(new ArchiveQuery(
                                QueryLevel.STUDY,
                                List.of(),
                                "NORTH",
                                false,
                                Set.of(),
                                false,
                                0,
                                10,
                                new LocalPosition(-1))))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.SEARCH_UNAVAILABLE));
    }

    @Test
    void restart_goesOnWhereTheTokenIs() {
        allKinds();
        Map<String, JsonNode> before = node.everything();
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
        stories.simple("1.3", "19", "NORTH", "New^One", "20240103", 1);
        assertThat(node.studies()).containsExactly("1.3", "1.2", "1.1");
        assertThat(node.physicalIndexes()).allMatch(index -> index.endsWith("-1"));
    }

    @Test
    void tokenOfAnEarlierTime_foldsAgainWithoutChange() {
        allKinds();
        Map<String, JsonNode> before = node.everything();
        node.projections.close();
        TokenDocuments tokens = new TokenDocuments(
                node.cluster,
                node.physicalIndexes().stream()
                        .filter(i -> !i.contains("-access-") && !i.contains("-sites-"))
                        .toList(),
                "node",
                java.time.Clock.systemUTC());
        assertThat(tokens.claim()).isPresent();
        assertThat(tokens.store(TokenDocuments.start(log.incarnation()))).isTrue();
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
    }

    @Test
    void logOfAnotherIncarnation_rebuilds() {
        allKinds();
        Map<String, JsonNode> before = node.everything();
        node.projections.close();
        log.reincarnate();
        node.restart(folder);
        assertThat(node.everything()).isEqualTo(before);
        assertThat(node.physicalIndexes()).hasSize(6).noneMatch(index -> index.endsWith("-studies-1"));
    }

    @Test
    void changedMapping_isBuiltBesideTheOldIndex() {
        allKinds();
        Map<String, JsonNode> before = node.everything();
        node.projections.close();
        JsonNode older = org.archipelago.query.cluster.SearchCluster.object()
                .set(
                        "_meta",
                        org.archipelago.query.cluster.SearchCluster.object().put("hash", "of an older program"));
        node.cluster.send("PUT", "/" + node.cluster.indexPrefix() + "-studies-1/_mapping", older);
        node.restart(folder);
        awaitGenerations("-studies-2", "-patients-2");
        assertThat(node.everything()).isEqualTo(before);
        assertThat(node.physicalIndexes()).noneMatch(index -> index.endsWith("-studies-1"));
    }

    @Test
    void tokenTakenByAnotherNode_isNotWrittenByThisOne() {
        node.awaitIndex();
        List<String> physical = List.of(node.cluster.indexPrefix() + "-studies-1");
        var other = new TokenDocuments(node.cluster, physical, "other node", java.time.Clock.systemUTC());
        assertThat(other.claim()).isEmpty();
    }

    @Test
    void rebuild_switchesBesideLiveTraffic() {
        allKinds();
        node.awaitIndex();
        List<String> failures = new ArrayList<>();
        Thread traffic = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20; i++) {
                String uid = "2." + i;
                stories.simple(uid, "p" + i, "NORTH", "Busy^Day", "20240505", 1);
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
        awaitGenerations("-studies-2", "-access-2");
        await().atMost(Duration.ofSeconds(30)).until(() -> !traffic.isAlive());
        assertThat(failures).isEmpty();
        assertThat(node.studies()).hasSize(22);
        assertThat(node.physicalIndexes()).allMatch(index -> index.endsWith("-2"));
    }

    @Test
    void unfoldableEvent_holdsUpItsOwnStreamOnly() {
        PatientIdentifier identifier = new PatientIdentifier("17", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        LocalPosition position = log.append(bad.stream().value(), brokenRegistration(bad));
        stories.append(new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        stories.simple("1.2", "18", "NORTH", "Roe^Richard", "20240102", 1);
        assertThat(node.studies()).containsExactly("1.2");
        assertThat(node.projections.deadLetters())
                .extracting(DeadLetter::position, DeadLetter::error)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(position, "NullPointerException"),
                        org.assertj.core.groups.Tuple.tuple(new LocalPosition(position.value() + 1), "behind"));
    }

    /** What a bug of the fold looks like: no such event can be made by the domain. */
    private static PatientEvent brokenRegistration(PatientRecordId patient) {
        return new PatientEvent.PatientRegistered(patient, null, AttributeSet.EMPTY, NOON);
    }

    @Test
    void retriedDeadLetter_foldsWhatWaitedBehindIt() {
        PatientIdentifier identifier = new PatientIdentifier("17", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        LocalPosition position = log.append(bad.stream().value(), brokenRegistration(bad));
        stories.study("1.1", Optional.of(bad), StudyStories.person("17", "Doe^Jane"));
        stories.append(
                new PatientEvent.PatientCorrected(bad, set(Tags.PATIENT_NAME, name("Doe^Late")), CT1, "typo", NOON));
        node.awaitIndex();
        assertThat(node.studies(key(Tags.PATIENT_NAME, Vr.PN, "doe^late"))).isEmpty();
        RecordId record = node.projections.deadLetters().getFirst().record();
        assertThat(node.projections.retry(record)).isZero();
        log.replace(position, new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        node.restart(folder);
        node.awaitIndex();
        assertThat(node.projections.deadLetters()).hasSize(2);
        assertThat(node.projections.retry(record)).isEqualTo(2);
        await().untilAsserted(() -> assertThat(node.studies(key(Tags.PATIENT_NAME, Vr.PN, "doe^late")))
                .containsExactly("1.1"));
        assertThat(node.projections.deadLetters()).isEmpty();
    }

    @Test
    void discardedDeadLetter_staysDiscardedWhenRebuilt() {
        PatientIdentifier identifier = new PatientIdentifier("17", "NORTH");
        PatientRecordId bad = stories.names.patient(identifier);
        log.append(bad.stream().value(), brokenRegistration(bad));
        stories.append(new PatientEvent.PatientRegistered(bad, identifier, AttributeSet.EMPTY, NOON));
        node.awaitIndex();
        node.projections.discard(node.projections.deadLetters().getFirst().record(), "never valid", "operator");
        assertThat(node.projections.deadLetters()).isEmpty();
        node.projections.rebuild();
        awaitGenerations("-patients-2");
        node.awaitIndex();
        assertThat(node.projections.deadLetters()).isEmpty();
        assertThat(node.everything().keySet()).anyMatch(k -> k.startsWith("patients "));
    }

    @Test
    void undiscardedDeadLetter_failsAgainWhenRebuilt() {
        PatientRecordId bad = stories.names.patient(new PatientIdentifier("17", "NORTH"));
        log.append(bad.stream().value(), brokenRegistration(bad));
        node.awaitIndex();
        node.projections.rebuild();
        awaitGenerations("-patients-2");
        node.awaitIndex();
        assertThat(node.projections.deadLetters()).hasSize(1);
    }
}

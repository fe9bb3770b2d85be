package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.configuration.ConfigurationFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveringSiteTest {
    @TempDir
    Path folder;

    private NetworkOfNodes network;
    private NodeAddress north;
    private Path identity;
    private List<LogRecord> before;

    @BeforeEach
    void prepare() throws IOException {
        network = new NetworkOfNodes(folder);
        north = network.node("north", "copies: { wanted: 1 }");
        before =
                network
                        .running(north)
                        .archive()
                        .log()
                        .readOrigin(network.site(north), new OriginPosition(0), 1)
                        .stream()
                        .map(StoredRecord::record)
                        .toList();
        identity = network.lose(north);
    }

    @AfterEach
    void stop() {
        network.close();
    }

    private RecoveringSite open() throws IOException {
        return RecoveringSite.open(
                ConfigurationFile.read(north.configuration()), RestoredIdentity.read(identity, false), List.of());
    }

    /** A record whose key was not there when it came. */
    private static void append(RecoveringSite site, LogRecord record) {
        site.log()
                .takeBack(new OriginPosition(0), List.of(new PendingRecord(record, List.of())))
                .join();
    }

    private static long records(RecoveringSite site) {
        return site.log().originHead(site.directory().site()).value() + 1;
    }

    @Test
    void recoveryThatEndedWhileKeysCame_takesTheLogAgain() throws IOException {
        try (RecoveringSite site = open()) {
            append(site, before.getFirst());
            site.claimsMayLack();
        }
        try (RecoveringSite site = open()) {
            assertThat(records(site)).isZero();
            append(site, before.getFirst());
        }
        try (RecoveringSite site = open()) {
            assertThat(records(site)).as("once").isEqualTo(1);
        }
    }

    @Test
    void logThatWasBeingEmptied_isGoneAndCanBeBegunAnew() throws IOException {
        try (RecoveringSite site = open()) {
            append(site, before.getFirst());
        }
        Path half = Files.createDirectories(north.data().resolve("log.discarded"));
        Files.move(north.data().resolve("log").resolve("CURRENT"), half.resolve("CURRENT"));
        Files.move(north.data().resolve("log"), half.resolve("rest"));
        try (RecoveringSite site = open()) {
            assertThat(records(site)).isZero();
            append(site, before.getFirst());
            site.emptyLog();
            assertThat(records(site)).isZero();
        }
        assertThat(half).doesNotExist();
    }
}

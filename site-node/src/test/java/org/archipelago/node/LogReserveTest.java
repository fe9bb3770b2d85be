package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.eventstore.LogListener;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.audit.AccessSessions;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a file system of its own that is really full. */
class LogReserveTest {
    private static final long DISK_BYTES = 320L << 20;
    private static final int SNAPSHOT_BYTES = 1 << 20;
    private static final int RESERVE_BYTES = 64 << 20;
    private static final int ACCESSES = 200;

    @TempDir
    Path temp;

    private Path disk = Path.of("");
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(temp.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_BYTES, "archipelago-test", disk.toString());
        assumeTrue(mounted, "NOT SHOWN: this user may not mount a small disk to fill");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private void fill(String name) throws IOException {
        try (OutputStream out = Files.newOutputStream(disk.resolve(name))) {
            byte[] chunk = new byte[4 << 10];
            while (true) {
                out.write(chunk);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private Archive open(int reserveBytes) {
        Configuration configuration = ConfigurationFile.parse(
                "data: disk/node\nblobs: { lowWaterMarkBytes: 1000000 }\nlog: { reserveBytes: " + reserveBytes + " }\n",
                temp,
                "test");
        return Archive.open(
                configuration, Clock.systemUTC(), Comparison.configured(configuration), LogListener.NONE, () -> {});
    }

    private static AccessSessions sessions(Archive archive) {
        return new AccessSessions(
                archive.commands(),
                archive.names(),
                archive.catalog()::patientsOf,
                Duration.ofMinutes(15),
                100,
                Clock.systemUTC());
    }

    @Test
    void fullDisk_refusesIngestAndGoesOnRecordingAccess() throws Exception {
        Path reserve = disk.resolve("node/log-reserve");
        try (Archive archive = open(RESERVE_BYTES);
                AccessSessions sessions = sessions(archive)) {
            archive.reserve().look();
            assertThat(reserve).hasSize(RESERVE_BYTES);
            archive.blobs().begin().close();
            record(sessions, 0);
            fill("filler");

            assertIngestIsRefused(archive);
            assertThat(filled(archive)).isTrue();
            for (int i = 1; i < ACCESSES; i++) {
                recordAtLast(sessions, i);
            }
            assertThat(reserve).doesNotExist();
            assertThat(archive.reserve().heldBytes()).isZero();
            assertThat(archive.log().head().value()).isGreaterThan(ACCESSES);
            // Far more is free than the low-water mark now, and none of it is for ingest.
            assertThat(archive.blobs().status().freeDiskBytes()).isGreaterThan(RESERVE_BYTES / 2);
            assertIngestIsRefused(archive);
            archive.reserve().look();
            assertThat(reserve).doesNotExist();

            Files.delete(disk.resolve("filler"));
            archive.reserve().look();
            assertThat(reserve).hasSize(RESERVE_BYTES);
            archive.blobs().begin().close();
        }
    }

    @Test
    void diskThatFillsUp_getsTheReserveBackBeforeTheLogNeedsIt() throws Exception {
        Path reserve = disk.resolve("node/log-reserve");
        try (Archive archive = open(RESERVE_BYTES)) {
            archive.reserve().look();
            fill("filler");
            archive.reserve().look();
            assertThat(reserve).doesNotExist();
        }
    }

    @Test
    void nodeThatStartsOnAFullDisk_findsRoomInTheReserve() throws Exception {
        try (Archive archive = open(RESERVE_BYTES)) {
            archive.reserve().look();
        }
        fill("filler");
        try (Archive archive = open(RESERVE_BYTES);
                AccessSessions sessions = sessions(archive)) {
            record(sessions, 1);
            assertIngestIsRefused(archive);
        }
    }

    @Test
    void reserveOfAnotherSize_isMadeAnew() throws Exception {
        Path reserve = disk.resolve("node/log-reserve");
        try (Archive archive = open(RESERVE_BYTES)) {
            archive.reserve().look();
        }
        try (Archive archive = open(RESERVE_BYTES / 2)) {
            archive.reserve().look();
            assertThat(reserve).hasSize(RESERVE_BYTES / 2);
        }
        open(0).close();
        assertThat(reserve).doesNotExist();
    }

    /** Writes more to the log than the space that its files took before; returns whether that was refused at last. */
    private static boolean filled(Archive archive) {
        Random random = new Random(1);
        byte[] snapshot = new byte[SNAPSHOT_BYTES];
        for (long written = 0; written < DISK_BYTES; written += snapshot.length) {
            random.nextBytes(snapshot);
            try {
                archive.log().storeSnapshot(archive.names().site("filler"), snapshot);
            } catch (ArchiveException e) {
                assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
                return true;
            }
        }
        return false;
    }

    private static void assertIngestIsRefused(Archive archive) {
        assertThatThrownBy(() -> archive.blobs().begin())
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.BLOB_STORE_FULL));
    }

    /** A caller who was refused while the log made room for itself asks again. */
    private static void recordAtLast(AccessSessions sessions, int caller) {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsInstanceOf(ArchiveException.class)
                .until(() -> record(sessions, caller));
    }

    private static boolean record(AccessSessions sessions, int caller) {
        try (AccessRecorder.Access access = sessions.begin(
                AccessKind.QUERY, Actor.device("CALLER" + caller, "127.0.0.1"), "query", Optional.empty(), "studies")) {
            access.outcome(AccessOutcome.COMPLETED);
        }
        return true;
    }
}

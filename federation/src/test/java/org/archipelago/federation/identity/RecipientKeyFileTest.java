package org.archipelago.federation.identity;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipientKeyFileTest {
    private static final SiteId SITE = new SiteId(new UUID(1, 2));

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("recipient.key");
    }

    @Test
    void keyPair_isTheSameWhenOpenedAgain() throws IOException {
        assertRefused(ArchiveError.NOT_FOUND, () -> RecipientKeyFile.open(directory, SITE));
        String made = RecipientKeyFile.create(directory, SITE).privateHex();
        assertThat(RecipientKeyFile.open(directory, SITE).privateHex()).isEqualTo(made);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> RecipientKeyFile.create(directory, SITE))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void keyOfAnotherSiteOrOpenToOthers_isRefused() throws IOException {
        RecipientKeyFile.create(directory, SITE);
        assertRefused(ArchiveError.INVALID_REQUEST, () -> RecipientKeyFile.open(directory, new SiteId(new UUID(3, 4))));
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> RecipientKeyFile.open(directory, SITE));
    }

    @Test
    void damagedKey_isRefusedWithoutBeingQuoted() throws IOException {
        String secret = RecipientKeyFile.create(directory, SITE).privateHex().substring(8, 40);
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 16; // no digit any more: some bits of a digit have no meaning (RFC 7748 §5)
            Files.write(file(), changed);
            assertThatThrownBy(() -> RecipientKeyFile.open(directory, SITE))
                    .as("byte " + at)
                    .isInstanceOf(ArchiveException.class)
                    .hasNoCause()
                    .hasMessageNotContaining(secret);
        }
    }

    /** As two programs may that find none. */
    @Test
    void keysMadeAtOnce_leaveOneThatNobodyReplaced() throws Exception {
        for (int round = 0; round < 20; round++) {
            Path place = directory.resolve("round" + round);
            Files.createDirectory(place);
            Queue<String> made = new ConcurrentLinkedQueue<>();
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 8; i++) {
                    executor.execute(() -> {
                        try {
                            made.add(RecipientKeyFile.create(place, SITE).privateHex());
                        } catch (IOException _) {
                            // another one was first
                        }
                    });
                }
            }
            assertThat(made).containsExactly(RecipientKeyFile.open(place, SITE).privateHex());
            try (Stream<Path> files = Files.list(place)) {
                assertThat(files).containsExactly(place.resolve("recipient.key"));
            }
        }
    }
}

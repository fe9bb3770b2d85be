package org.archipelago.query.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of dead letters when the disk fails. */
class DeadLettersTest {
    @TempDir
    Path folder;

    private static Place place(long position) {
        return new Place(new LocalPosition(position), new RecordId(new UUID(0, position)), "stream" + position, "Type");
    }

    @Test
    void lineThatCouldNotBeWritten_leavesNothing() throws IOException {
        Path file = folder.resolve("letters");
        FullDisk disk = new FullDisk(
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
        try (DeadLetters letters = new DeadLetters(file, disk, Clock.systemUTC())) {
            letters.park("catalogue", 1, place(1), "first");
            disk.full = true;
            assertThatThrownBy(() -> letters.park("catalogue", 1, place(2), "lost"))
                    .isInstanceOf(UncheckedIOException.class);
            disk.full = false;
            letters.park("catalogue", 1, place(3), "third");
        }
        try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
            assertThat(letters.list("catalogue", 1))
                    .extracting(DeadLetter::error)
                    .containsExactly("first", "third");
        }
    }

    @Test
    void failedRetry_isKeptWithWhoAndWhy() throws IOException {
        Path file = folder.resolve("letters");
        try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
            letters.park("catalogue", 1, place(1), "first");
            letters.failed("catalogue", 1, place(1).record(), "second", "after the update", "operator X");
        }
        assertThat(Files.readString(file)).contains("after the update").contains("operator X");
        try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
            assertThat(letters.list("catalogue", 1)).singleElement().satisfies(letter -> {
                assertThat(letter.attempts()).isEqualTo(2);
                assertThat(letter.error()).isEqualTo("second");
            });
        }
    }

    @Test
    void lineThatCannotBeRead_isPutAsideAndTheRestIsKept() throws IOException {
        Path file = folder.resolve("letters");
        try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
            for (int i = 1; i <= 6; i++) {
                letters.park("catalogue", 1, place(i), "error " + i);
            }
        }
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(1, "\0".repeat(100));
        lines.set(2, lines.get(2).replace("\"park\"", "\"pork\""));
        lines.set(3, lines.get(3).replaceFirst("-0000-", "_0000_"));
        lines.set(4, lines.get(4) + lines.get(4));
        Files.write(file, lines);
        for (int start = 0; start < 2; start++) {
            try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
                assertThat(letters.list("catalogue", 1))
                        .extracting(DeadLetter::error)
                        .containsExactly("error 1", "error 6");
            }
            assertThat(folder.resolve("letters.damaged")).hasContent(String.join("\n", lines.subList(1, 5)) + "\n");
            assertThat(Files.readAllLines(file)).containsExactly(lines.getFirst(), lines.getLast());
        }
        try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
            letters.park("catalogue", 1, place(7), "error 7");
        }
        try (DeadLetters letters = new DeadLetters(file, Clock.systemUTC())) {
            assertThat(letters.list("catalogue", 1)).hasSize(3);
        }
    }

    /** Takes half of a line when it is full. */
    private static final class FullDisk extends FileChannel {
        private final FileChannel file;
        private boolean full;

        FullDisk(FileChannel file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            if (!full) {
                return file.write(bytes);
            }
            file.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
            throw new IOException("No space left on device");
        }

        @Override
        public int read(ByteBuffer bytes, long position) throws IOException {
            return file.read(bytes, position);
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            return file.read(bytes);
        }

        @Override
        public long position() throws IOException {
            return file.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            file.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            file.truncate(size);
            return this;
        }

        @Override
        public void force(boolean metadata) throws IOException {
            file.force(metadata);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            file.close();
        }

        @Override
        public long read(ByteBuffer[] buffers, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer bytes, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}

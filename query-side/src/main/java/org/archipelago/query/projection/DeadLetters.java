package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events that could not be folded, in a file of their own that only grows: it survives the loss of every index. Each
 * change is on disk (fsync) on return. Letters belong to one generation of a group's indexes; a rebuilt one tries every
 * event again except those that were discarded. Lines that cannot be read are moved to {@code <name>.damaged} beside it
 * when it is opened. Thread-safe.
 */
public final class DeadLetters implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final FileChannel file;
    private final Clock clock;
    private final Map<Shelf, Map<RecordId, DeadLetter>> open = new HashMap<>();
    private final Map<Shelf, Map<String, TreeSet<LocalPosition>>> streams = new HashMap<>();
    private final Set<Discarded> discarded = new HashSet<>();

    private record Shelf(String group, int generation) {}

    private record Discarded(String group, RecordId record) {}

    public DeadLetters(Path path, Clock clock) throws IOException {
        this(path, opened(path), clock);
    }

    /**
     * @param path of the file
     * @param file read from its beginning and then written at its end; closed with this
     */
    DeadLetters(Path path, FileChannel file, Clock clock) throws IOException {
        this.clock = clock;
        this.file = load(path, file);
    }

    private static FileChannel opened(Path path) throws IOException {
        Files.createDirectories(path.toAbsolutePath().getParent());
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private FileChannel load(Path path, FileChannel file) throws IOException {
        byte[] all = new byte[Math.toIntExact(file.size())];
        ByteBuffer buffer = ByteBuffer.wrap(all);
        while (buffer.hasRemaining() && file.read(buffer, buffer.position()) > 0) {}
        int end = all.length;
        while (end > 0 && all[end - 1] != '\n') {
            end--; // a line torn by a crash was never confirmed
        }
        file.truncate(end);
        file.position(end);
        ByteArrayOutputStream sound = new ByteArrayOutputStream();
        ByteArrayOutputStream damaged = new ByteArrayOutputStream();
        int damagedLines = 0;
        for (int start = 0, next; start < end; start = next) {
            next = start;
            while (all[next++] != '\n') {}
            boolean isSound =
                    next == start + 1 || isReplayed(new String(all, start, next - start, StandardCharsets.UTF_8));
            (isSound ? sound : damaged).write(all, start, next - start);
            damagedLines += isSound ? 0 : 1;
        }
        if (damagedLines == 0) {
            return file;
        }
        LOG.error(
                "{} lines of the file of dead letters are damaged or of a newer version, and were put aside in {}.damaged;"
                        + " rebuild the index, which tries every event again",
                damagedLines,
                path.getFileName());
        file.close();
        return putAside(path, sound.toByteArray(), damaged.toByteArray());
    }

    private boolean isReplayed(String line) {
        try {
            replay(JSON.readTree(line));
            return true;
        } catch (IOException | RuntimeException _) {
            return false;
        }
    }

    /** In this order: a crash in between keeps a damaged line twice rather than not at all. */
    private static FileChannel putAside(Path path, byte[] sound, byte[] damaged) throws IOException {
        write(
                path.resolveSibling(path.getFileName() + ".damaged"),
                damaged,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        Path kept = path.resolveSibling(path.getFileName() + ".new");
        write(kept, sound, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        Files.move(kept, path, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
        FileChannel file = opened(path);
        file.position(file.size());
        return file;
    }

    private static void write(Path path, byte[] bytes, OpenOption... options) throws IOException {
        try (FileChannel channel = FileChannel.open(path, options)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    private void replay(JsonNode line) {
        String group = line.path("group").asText();
        Shelf shelf = new Shelf(group, line.path("generation").asInt());
        switch (line.path("op").asText()) {
            case "park" -> shelve(shelf, letterOf(line));
            case "fail" -> {
                RecordId record = RecordId.parse(line.path("record").asText());
                failAgain(
                        shelf,
                        record,
                        line.path("error").asText(),
                        Instant.parse(line.path("at").asText()));
            }
            case "resolve" -> unshelve(shelf, RecordId.parse(line.path("record").asText()));
            case "drop" -> {
                open.remove(shelf);
                streams.remove(shelf);
            }
            case "discard" -> {
                RecordId record = RecordId.parse(line.path("record").asText());
                discarded.add(new Discarded(group, record));
                unshelve(shelf, record);
            }
            default -> throw new IllegalStateException("dead letters were written by a newer version");
        }
    }

    private static DeadLetter letterOf(JsonNode line) {
        Instant at = Instant.parse(line.path("at").asText());
        String error = line.path("error").asText();
        return new DeadLetter(
                line.path("group").asText(),
                RecordId.parse(line.path("record").asText()),
                new LocalPosition(line.path("position").asLong()),
                line.path("stream").asText(),
                line.path("type").asText(),
                error,
                at,
                error.equals(DeadLetter.BEHIND) ? 0 : 1,
                at);
    }

    private void shelve(Shelf shelf, DeadLetter letter) {
        if (open.computeIfAbsent(shelf, _ -> new HashMap<>()).put(letter.record(), letter) == null) {
            streams.computeIfAbsent(shelf, _ -> new HashMap<>())
                    .computeIfAbsent(letter.stream(), _ -> new TreeSet<>())
                    .add(letter.position());
        }
    }

    private void failAgain(Shelf shelf, RecordId record, String error, Instant at) {
        open.getOrDefault(shelf, new HashMap<>())
                .computeIfPresent(record, (_, letter) -> letter.failedAgain(error, at));
    }

    private void unshelve(Shelf shelf, RecordId record) {
        DeadLetter letter = open.getOrDefault(shelf, new HashMap<>()).remove(record);
        if (letter != null) {
            streams.getOrDefault(shelf, new HashMap<>()).computeIfPresent(letter.stream(), (_, waiting) -> {
                waiting.remove(letter.position());
                return waiting.isEmpty() ? null : waiting;
            });
        }
    }

    /** Whether the event is a letter itself, or one of its stream waits that comes before it. */
    synchronized boolean isWaiting(String group, int generation, Place place) {
        TreeSet<LocalPosition> waiting =
                streams.getOrDefault(new Shelf(group, generation), Map.of()).get(place.stream());
        return waiting != null && waiting.first().compareTo(place.position()) <= 0;
    }

    synchronized boolean isDiscarded(String group, RecordId record) {
        return discarded.contains(new Discarded(group, record));
    }

    /** Idempotent by record. */
    synchronized void park(String group, int generation, Place place, String error) {
        Shelf shelf = new Shelf(group, generation);
        if (open.getOrDefault(shelf, Map.of()).containsKey(place.record())) {
            return;
        }
        ObjectNode line = line("park", shelf)
                .put("record", place.record().toString())
                .put("position", place.position().value())
                .put("stream", place.stream())
                .put("type", place.type())
                .put("error", error)
                .put("at", clock.instant().toString());
        append(line);
        shelve(shelf, letterOf(line));
    }

    /** Somebody had it folded again, and it failed again. */
    synchronized void failed(String group, int generation, RecordId record, String error, String reason, String by) {
        Shelf shelf = new Shelf(group, generation);
        ObjectNode line = line("fail", shelf)
                .put("record", record.toString())
                .put("error", error)
                .put("reason", reason)
                .put("by", by)
                .put("at", clock.instant().toString());
        append(line);
        replay(line);
    }

    synchronized void resolve(String group, int generation, RecordId record, String reason, String by) {
        Shelf shelf = new Shelf(group, generation);
        append(line("resolve", shelf)
                .put("record", record.toString())
                .put("reason", reason)
                .put("by", by)
                .put("at", clock.instant().toString()));
        unshelve(shelf, record);
    }

    synchronized void discard(String group, int generation, RecordId record, String reason, String by) {
        Shelf shelf = new Shelf(group, generation);
        append(line("discard", shelf)
                .put("record", record.toString())
                .put("reason", reason)
                .put("by", by)
                .put("at", clock.instant().toString()));
        discarded.add(new Discarded(group, record));
        unshelve(shelf, record);
    }

    /** Of a generation that is no more. */
    synchronized void drop(String group, int generation) {
        Shelf shelf = new Shelf(group, generation);
        if (open.containsKey(shelf)) {
            append(line("drop", shelf));
            open.remove(shelf);
            streams.remove(shelf);
        }
    }

    /** In the order of the log. */
    synchronized List<DeadLetter> list(String group, int generation) {
        List<DeadLetter> letters = new ArrayList<>(
                open.getOrDefault(new Shelf(group, generation), Map.of()).values());
        letters.sort(Comparator.comparing(DeadLetter::position));
        return letters;
    }

    synchronized Optional<DeadLetter> find(String group, int generation, RecordId record) {
        return Optional.ofNullable(
                open.getOrDefault(new Shelf(group, generation), Map.of()).get(record));
    }

    private static ObjectNode line(String op, Shelf shelf) {
        return JSON.createObjectNode().put("op", op).put("group", shelf.group()).put("generation", shelf.generation());
    }

    /** On failure nothing of the line stays: the next one would be glued to it, and the file unreadable. */
    private void append(ObjectNode line) {
        try {
            long end = file.position();
            try {
                ByteBuffer bytes =
                        ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            } catch (IOException e) {
                file.truncate(end);
                file.position(end);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a dead letter", e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}

package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;

/**
 * Events that could not be folded, in a file of their own that only grows: it survives the loss of every index. Each
 * change is on disk (fsync) on return. Letters belong to one generation of a group's indexes; a rebuilt one tries every
 * event again except those that were discarded. Thread-safe.
 */
public final class DeadLetters implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final FileChannel file;
    private final Clock clock;
    private final Map<Shelf, Map<RecordId, DeadLetter>> open = new HashMap<>();
    private final Map<Shelf, Map<String, Integer>> streams = new HashMap<>();
    private final Set<Discarded> discarded = new HashSet<>();

    private record Shelf(String group, int generation) {}

    private record Discarded(String group, RecordId record) {}

    public DeadLetters(Path path, Clock clock) throws IOException {
        this.clock = clock;
        Files.createDirectories(path.toAbsolutePath().getParent());
        this.file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        load();
    }

    private void load() throws IOException {
        byte[] all = new byte[Math.toIntExact(file.size())];
        ByteBuffer buffer = ByteBuffer.wrap(all);
        while (buffer.hasRemaining() && file.read(buffer, buffer.position()) > 0) {}
        int end = all.length;
        while (end > 0 && all[end - 1] != '\n') {
            end--; // a line torn by a crash was never confirmed
        }
        file.truncate(end);
        file.position(end);
        for (String line : new String(all, 0, end, StandardCharsets.UTF_8).split("\n", -1)) {
            if (!line.isEmpty()) {
                replay(JSON.readTree(line));
            }
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
            streams.computeIfAbsent(shelf, _ -> new HashMap<>()).merge(letter.stream(), 1, Integer::sum);
        }
    }

    private void failAgain(Shelf shelf, RecordId record, String error, Instant at) {
        open.getOrDefault(shelf, new HashMap<>())
                .computeIfPresent(record, (_, letter) -> letter.failedAgain(error, at));
    }

    private void unshelve(Shelf shelf, RecordId record) {
        DeadLetter letter = open.getOrDefault(shelf, new HashMap<>()).remove(record);
        if (letter != null) {
            streams.getOrDefault(shelf, new HashMap<>())
                    .computeIfPresent(letter.stream(), (_, count) -> count == 1 ? null : count - 1);
        }
    }

    synchronized boolean isWaiting(String group, int generation, String stream) {
        return streams.getOrDefault(new Shelf(group, generation), Map.of()).containsKey(stream);
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
        Instant now = clock.instant();
        DeadLetter letter = new DeadLetter(
                group,
                place.record(),
                place.position(),
                place.stream(),
                place.type(),
                error,
                now,
                error.equals(DeadLetter.BEHIND) ? 0 : 1,
                now);
        append(line("park", shelf)
                .put("record", letter.record().toString())
                .put("position", letter.position().value())
                .put("stream", letter.stream())
                .put("type", letter.type())
                .put("error", letter.error())
                .put("at", letter.parkedAt().toString()));
        shelve(shelf, letter);
    }

    synchronized void resolve(String group, int generation, RecordId record) {
        Shelf shelf = new Shelf(group, generation);
        append(line("resolve", shelf)
                .put("record", record.toString())
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

    /** It was tried again in vain. */
    synchronized void failed(String group, int generation, RecordId record, String error) {
        Shelf shelf = new Shelf(group, generation);
        Instant at = clock.instant();
        append(line("fail", shelf)
                .put("record", record.toString())
                .put("error", error)
                .put("at", at.toString()));
        failAgain(shelf, record, error, at);
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

    private void append(ObjectNode line) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a dead letter", e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}

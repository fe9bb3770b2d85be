package org.archipelago.eventstore.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.InMemoryKeyStore;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;

/**
 * Records as releases have written them, a file for each release that changed or added a type: a line is type, key,
 * header, body, SHA-256 of the opened CBOR, all but the type in hexadecimal. Once released, a file is never made again. What
 * a record of an older type version must become is told beside them, in {@value #UPCAST}, which may be edited.
 *
 * <p>A type whose version is raised, a new type and a new constant need a record in the next file: {@link #main}.
 */
final class GoldenRecords {
    /** True from the first release on: golden-1.txt is what its digest says, and is never written again. */
    static final boolean FROZEN = true;

    static final String SHA256_OF_GOLDEN_1 = "56e22f72eb4a47e4f1ec97a98ab01d5133a51446209012222be1680e418812e3";

    /** A line is a record's id and the CBOR, shown as JSON, of the event and metadata that this program reads there. */
    static final String UPCAST = "golden-upcast.txt";

    private static final Pattern NAME = Pattern.compile("golden-([1-9][0-9]*)\\.txt");
    private static final HexFormat HEX = HexFormat.of();

    private GoldenRecords() {}

    record Golden(String type, byte[] key, byte[] header, byte[] body, Digest content) {
        LogRecord record() {
            return LogRecord.of(header, body);
        }

        private String line() {
            return String.join(
                    " ", type, HEX.formatHex(key), HEX.formatHex(header), HEX.formatHex(body), content.toString());
        }

        private static Golden parse(String line) {
            String[] words = line.split(" ");
            return new Golden(
                    words[0],
                    HEX.parseHex(words[1]),
                    HEX.parseHex(words[2]),
                    HEX.parseHex(words[3]),
                    Digest.parse(words[4]));
        }
    }

    /** Of every release. */
    static List<Golden> all() throws IOException {
        List<Golden> records = new ArrayList<>();
        for (int number = 1; ; number++) {
            Optional<String> text = resource("golden-" + number + ".txt");
            if (text.isEmpty()) {
                return records;
            }
            records.addAll(text.get().lines().map(Golden::parse).toList());
        }
    }

    /** Types and versions that the files of earlier releases have. */
    private static Set<String> before(int number) throws IOException {
        Set<String> types = new HashSet<>();
        for (int earlier = 1; earlier < number; earlier++) {
            resource("golden-" + earlier + ".txt")
                    .orElseThrow()
                    .lines()
                    .map(Golden::parse)
                    .forEach(golden -> types.add(
                            golden.type() + " " + golden.record().header().typeVersion()));
        }
        return types;
    }

    /** By record id. */
    static Map<String, String> upcast() throws IOException {
        Map<String, String> expected = new HashMap<>();
        resource(UPCAST).orElse("").lines().forEach(line -> {
            String[] idAndJson = line.split(" ", 2);
            expected.put(idAndJson[0], idAndJson[1]);
        });
        return expected;
    }

    static Optional<String> resource(String name) throws IOException {
        try (InputStream in = GoldenRecords.class.getResourceAsStream(name)) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /**
     * Writes the file of a release, or with the name {@value #UPCAST} what the older records become. A release's file has the types
     * and versions that no earlier file has, and types that are named behind it: those with a new constant.
     */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
            if (FROZEN && Files.exists(file)) {
                throw new IllegalStateException(file + " was released: write the next one");
            }
            StringBuilder text = new StringBuilder();
            int number = Integer.parseInt(name.group(1));
            make(number, EventTypes.released(), GoldenEvents.inNoneOf(before(number), Set.of(arguments)))
                    .forEach(golden -> text.append(golden.line()).append('\n'));
            Files.writeString(file, text, StandardCharsets.US_ASCII);
            System.out.println(Digest.sha256(Files.readAllBytes(file)) + " " + file.getFileName());
        } else {
            EventBodies bodies = new EventBodies(EventTypes.released(), UpcasterChain.released());
            StringBuilder text = new StringBuilder();
            for (Golden golden : all()) {
                GoldenReading reading = new GoldenReading(bodies, golden);
                if (reading.isUpcast()) {
                    text.append(reading.id()).append(' ').append(reading.json()).append('\n');
                }
            }
            Files.writeString(file, text, StandardCharsets.UTF_8);
        }
    }

    static List<Golden> make(int number, EventTypes types, List<?> events) {
        InMemoryKeyStore keys = new InMemoryKeyStore();
        Sealing sealing = new Sealing(
                new EventBodies(types, UpcasterChain.NONE),
                keys,
                (stream, _) -> new KeyRef(KeyClass.INDEX, stream),
                new SecureRandom());
        List<Golden> made = new ArrayList<>();
        for (Object event : events) {
            int revision = made.size();
            StreamId stream = types.streamOf(event);
            Map<String, Object> metadata =
                    revision % 2 == 0 ? Map.of() : Map.of("who", "golden", "trace", new UUID(2, 3).toString());
            LogRecord record = sealing.seal(
                    new RecordId(new UUID(number, revision)),
                    stream,
                    new Revision(revision),
                    Records.AT.plusNanos(revision),
                    sealing.firstKey(stream, event),
                    event,
                    metadata);
            made.add(new Golden(
                    record.header().type(),
                    sealing.firstKey(stream, event).secret().getEncoded(),
                    record.headerBytes(),
                    record.body(),
                    Digest.sha256(sealing.bodies().toCbor(stream, event, metadata))));
        }
        return made;
    }
}

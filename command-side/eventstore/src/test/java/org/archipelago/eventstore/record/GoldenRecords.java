package org.archipelago.eventstore.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.InMemoryKeyStore;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.SampleEvents;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;

/**
 * Records as released versions have written them: a line is type, key, header, body, SHA-256 of the opened CBOR, all in
 * hexadecimal. Once a version is released its file is never made again; {@link #main} is for a new version.
 */
final class GoldenRecords {
    private GoldenRecords() {}

    record Golden(String type, byte[] key, byte[] header, byte[] body, Digest content) {}

    static List<Golden> version(int version) throws IOException {
        List<Golden> records = new ArrayList<>();
        try (InputStream in = GoldenRecords.class.getResourceAsStream("golden-" + version + ".txt")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList()) {
                String[] words = line.split(" ");
                HexFormat hex = HexFormat.of();
                records.add(new Golden(
                        words[0],
                        hex.parseHex(words[1]),
                        hex.parseHex(words[2]),
                        hex.parseHex(words[3]),
                        Digest.parse(words[4])));
            }
        }
        return records;
    }

    public static void main(String[] arguments) throws IOException {
        EventTypes types = EventTypes.released();
        InMemoryKeyStore keys = new InMemoryKeyStore();
        Sealing sealing = new Sealing(
                new EventBodies(types, UpcasterChain.NONE),
                keys,
                (stream, _) -> new KeyRef(KeyClass.INDEX, stream),
                new SecureRandom());
        StringBuilder text = new StringBuilder();
        int revision = 0;
        for (Object event : new SampleEvents(20261122).everyType()) {
            StreamId stream = types.streamOf(event);
            LogRecord record = sealing.seal(
                    new RecordId(new UUID(1, revision)),
                    stream,
                    new Revision(revision),
                    Records.AT.plusNanos(revision),
                    sealing.firstKey(stream, event),
                    event,
                    revision % 2 == 0 ? Map.of() : Map.of("who", "golden", "trace", new UUID(2, 3).toString()));
            byte[] key = sealing.firstKey(stream, event).secret().getEncoded();
            HexFormat hex = HexFormat.of();
            text.append(String.join(
                            " ",
                            record.header().type(),
                            hex.formatHex(key),
                            hex.formatHex(record.headerBytes()),
                            hex.formatHex(record.body()),
                            Digest.sha256(sealing.bodies()
                                            .toCbor(
                                                    stream,
                                                    event,
                                                    sealing.open(record).metadata()))
                                    .toString()))
                    .append('\n');
            revision++;
        }
        Files.writeString(Path.of(arguments[0]), text, StandardCharsets.US_ASCII);
    }
}

package org.archipelago.eventstore.body;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDictTrainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.archipelago.eventstore.SampleEvents;
import org.archipelago.eventstore.record.Suite;

/**
 * How the frozen dictionaries were made; run by hand for a new one, under a new number. Arguments: dictionary length in
 * bytes, file to write.
 */
final class DictionaryTraining {
    private DictionaryTraining() {}

    public static void main(String[] arguments) throws IOException {
        int length = Integer.parseInt(arguments[0]);
        EventTypes types = EventTypes.released();
        EventBodies bodies = new EventBodies(types, UpcasterChain.NONE);
        List<byte[]> samples = new ArrayList<>();
        for (long seed = 1; seed <= 600; seed++) {
            SampleEvents events = new SampleEvents(seed);
            for (Object event : events.everyType()) {
                samples.add(bodies.toCbor(types.streamOf(event), event, Map.of()));
            }
            for (String modality : List.of("CT", "MR", "CT", "MR", "US", "DX")) {
                for (int i = 0; i < 4; i++) {
                    Object event = events.instancesStored(events.study(), modality, i == 3 ? 8 : 1);
                    samples.add(bodies.toCbor(types.streamOf(event), event, Map.of()));
                }
            }
        }
        ZstdDictTrainer trainer = new ZstdDictTrainer(64 << 20, length);
        samples.forEach(trainer::addSample);
        byte[] dictionary = trainer.trainSamples();
        String text = Base64.getMimeEncoder(120, new byte[] {'\n'}).encodeToString(dictionary);
        Files.writeString(Path.of(arguments[1]), text + "\n", StandardCharsets.US_ASCII);
        System.out.println(Suite.FIRST + " " + dictionary.length + " bytes, id " + Zstd.getDictIdFromDict(dictionary));
        report(types, bodies, new BodyCompression(dictionary));
    }

    private static void report(EventTypes types, EventBodies bodies, BodyCompression compression) {
        for (int count : new int[] {1, 2, 5, 20, 100}) {
            long plain = 0;
            long compressed = 0;
            for (long seed = 10_000; seed < 10_100; seed++) {
                SampleEvents events = new SampleEvents(seed);
                Object event = events.instancesStored(events.study(), seed % 2 == 0 ? "CT" : "MR", count);
                byte[] cbor = bodies.toCbor(types.streamOf(event), event, Map.of());
                plain += cbor.length;
                compressed += compression.compress(cbor).length;
            }
            System.out.printf(
                    "InstancesStored of %d: %d plain, %d compressed, %d an instance sealed%n",
                    count, plain / 100, compressed / 100, (compressed / 100 + 28) / count);
        }
    }
}

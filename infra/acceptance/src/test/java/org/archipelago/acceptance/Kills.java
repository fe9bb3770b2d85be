package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * As many kills as one asks for, on one archive without a search index; for {@code infra/faults/run kill}. Each round adds a
 * line to a file: seed, senders, ms until the kill, objects acknowledged and under way at the kill, ms from exec to the first
 * success. Then nothing may be damaged, and no blob may be left that no record names.
 */
final class Kills {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Kills() {}

    /** Arguments: an empty directory, the first seed, kills, most senders, file of rounds. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        long first = Long.parseLong(args[1]);
        long kills = Long.parseLong(args[2]);
        Path aotCache = home.resolve("node.aot");
        NodeProcess.rehearse(aotCache);
        try (NodeProcess node = NodeProcess.configured(home, URI.create("http://127.0.0.1:9"))) {
            node.useAotCache(aotCache);
            node.exec();
            node.awaitReady();
            KillRounds rounds = new KillRounds(node, Integer.parseInt(args[3]));
            for (long seed = first; seed < first + kills; seed++) {
                KillRounds.Round round = rounds.run(seed);
                add(
                        Path.of(args[4]),
                        "%d\t%d\t%d\t%d\t%d\t%d"
                                .formatted(
                                        seed,
                                        round.senders(),
                                        round.killedAfterMs(),
                                        round.acknowledged(),
                                        round.open(),
                                        round.toFirstSuccess().toMillis()));
            }
            rounds.requireAll();
            node.stop(); // and start once more: what the last kill left is given back by an opening
            node.exec();
            node.awaitReady();
            JsonNode verified = verified(node);
            System.out.printf("%d objects, all there: %s%n", rounds.objects(), verified);
            if (!verified.path("defects").isEmpty()) {
                throw new AssertionError("damaged: " + verified);
            }
            System.out.println("orphans " + verified.path("unnamedBlobs").asLong(-1));
        }
    }

    private static JsonNode verified(NodeProcess node) throws IOException {
        Program.Ended verify = Program.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        System.getProperty("archipelago.node.jar"),
                        "verify",
                        "--json",
                        "--config",
                        node.configuration().toString())
                .within(java.time.Duration.ofMinutes(30))
                .run();
        return JSON.readTree(verify.output().substring(verify.output().indexOf('{')));
    }

    private static void add(Path file, String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.err.println(line);
    }
}

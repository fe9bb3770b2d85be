package org.archipelago.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.proof.ProofFile;
import org.archipelago.federation.proof.Proven;

/** Checks proof files with nothing but what people know of a site. */
final class ProofCheck {
    static final String FILE_ENDING = ".tlog-proof";

    private static final int PROVEN = 0;
    private static final int NOT_PROVEN = 1;
    private static final int FINGERPRINT_TO_COMPARE = 3;

    private final Terminal terminal;
    private final Optional<SiteFingerprint> trusted;
    private final boolean json;

    ProofCheck(Terminal terminal, Optional<SiteFingerprint> trusted, boolean json) {
        this.terminal = terminal;
        this.trusted = trusted;
        this.json = json;
    }

    /** @return the exit code */
    int run(List<Path> paths) throws IOException {
        List<Path> files = files(paths);
        if (files.isEmpty()) {
            throw new CommandFailure("There is no file *" + FILE_ENDING + " there.");
        }
        List<Map<String, Object>> results = new ArrayList<>();
        boolean failed = false;
        for (Path file : files) {
            Map<String, Object> result = check(file);
            failed |= !Boolean.TRUE.equals(result.get("holds"));
            results.add(result);
            if (!json) {
                show(result);
            }
        }
        if (json) {
            terminal.json(results);
        }
        if (failed) {
            return NOT_PROVEN;
        }
        return trusted.isPresent() ? PROVEN : FINGERPRINT_TO_COMPARE;
    }

    private static List<Path> files(List<Path> paths) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> entries = Files.list(path)) {
                    entries.filter(file -> file.toString().endsWith(FILE_ENDING))
                            .sorted()
                            .forEach(files::add);
                }
            } else {
                files.add(path);
            }
        }
        return files;
    }

    private Map<String, Object> check(Path file) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("file", file.toString());
        try {
            ProofFile proof = ProofFile.parse(read(file));
            SiteFingerprint stated = proof.statedFingerprint();
            Proven proven = proof.check(trusted.orElse(stated), List.of());
            facts.put("holds", true);
            facts.put("fingerprint", stated.toString());
            facts.put("fingerprintTrusted", trusted.isPresent());
            facts.put("site", proven.record().origin().toString());
            facts.put("position", proven.position().value());
            facts.put("logSize", proven.checkpoint().size());
            facts.put("record", proven.record().id().toString());
            facts.put("type", proven.record().type());
            facts.put("stream", proven.record().stream().value());
            facts.put("revision", proven.record().revision().value());
            facts.put("recordedAt", proven.record().recordedAt().toString());
            facts.put("bodySha256", proven.record().body().toString());
        } catch (ArchiveException e) {
            facts.put("holds", false);
            facts.put("reason", e.subject());
        }
        return facts;
    }

    /** One byte more than a proof can have, at most. */
    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(ProofFile.MAX_LENGTH_BYTES + 1);
        }
    }

    private void show(Map<String, Object> result) {
        if (!Boolean.TRUE.equals(result.get("holds"))) {
            terminal.line(result.get("file") + ": NOT PROVEN, " + result.get("reason"));
            return;
        }
        terminal.line(result.get("file") + ": proven"
                + (trusted.isPresent() ? "" : ", if the site's people say that this is its fingerprint"));
        Map<String, Object> facts = new LinkedHashMap<>(result);
        List.of("file", "holds", "fingerprintTrusted").forEach(facts::remove);
        terminal.facts(facts);
    }
}

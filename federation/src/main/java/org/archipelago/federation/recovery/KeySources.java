package org.archipelago.federation.recovery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.federation.disk.DurableFile;

/**
 * Which keys came back from whom, over all attempts of one recovery: each key is counted for the first peer that gave it. Kept in a file,
 * with the position up to which records were counted. For one thread.
 */
public final class KeySources {
    private static final String VERSION = "archipelago returned keys 1";
    private static final String COUNTED = "counted ";
    private static final String REFUSED = "refused";

    private final Path file;
    private final Map<SiteId, Map<KeyClass, Long>> given = new LinkedHashMap<>();
    private final Map<SiteId, Long> refused = new LinkedHashMap<>();
    private final Map<SiteId, Set<KeyRef>> refusedUses = new HashMap<>();
    private final Set<KeyRef> inThisBatch = new HashSet<>();
    private long counted;

    private KeySources(Path file) {
        this.file = file;
    }

    /** @throws ArchiveException CORRUPT when the file is not of this form */
    public static KeySources open(Path file) throws IOException {
        KeySources sources = new KeySources(file);
        if (Files.exists(file)) {
            sources.read(Files.readAllLines(file, StandardCharsets.US_ASCII));
        }
        return sources;
    }

    private void read(List<String> lines) {
        try {
            if (!lines.getFirst().equals(VERSION)) {
                throw new IllegalArgumentException("another form");
            }
            counted = Long.parseLong(lines.get(1).substring(COUNTED.length()));
            for (String line : lines.subList(2, lines.size())) {
                String[] words = line.split(" ", 3);
                SiteId site = SiteId.parse(words[0]);
                long number = Long.parseLong(words[2]);
                if (words[1].equals(REFUSED)) {
                    refused.put(site, number);
                } else {
                    of(site).put(KeyClass.valueOf(words[1]), number);
                }
            }
        } catch (RuntimeException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, file.toString(), e);
        }
    }

    private Map<KeyClass, Long> of(SiteId site) {
        return given.computeIfAbsent(site, _ -> new EnumMap<>(KeyClass.class));
    }

    void given(SiteId peer, KeyRef use, long position, boolean isNew) {
        if (use.keyClass() == KeyClass.GRANT) {
            of(peer).put(KeyClass.GRANT, 1L); // one for all that this site granted it
        } else if ((isNew || position >= counted) && inThisBatch.add(use)) {
            of(peer).merge(use.keyClass(), 1L, Long::sum);
        }
    }

    /** Each counts once, however often it comes. */
    void refused(SiteId peer, KeyRef use) {
        Set<KeyRef> uses = refusedUses.computeIfAbsent(peer, _ -> new HashSet<>());
        uses.add(use);
        refused.put(peer, (long) uses.size());
    }

    /** All records before this position have been asked about; durable on return. */
    public void through(long next) {
        inThisBatch.clear();
        counted = Math.max(counted, next);
        List<String> lines = new ArrayList<>(List.of(VERSION, COUNTED + counted));
        given.forEach((site, classes) ->
                classes.forEach((keyClass, number) -> lines.add(site + " " + keyClass + " " + number)));
        refused.forEach((site, number) -> lines.add(site + " " + REFUSED + " " + number));
        try {
            DurableFile.createDirectories(
                    Objects.requireNonNull(file.toAbsolutePath().getParent()));
            DurableFile.replace(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By peer and class. */
    public Map<SiteId, Map<KeyClass, Long>> given() {
        return given;
    }

    /** Keys that are not those which this site's records name, by who gave them; as the last attempt saw it, which asks for all again. */
    public Map<SiteId, Long> refused() {
        return refused;
    }
}

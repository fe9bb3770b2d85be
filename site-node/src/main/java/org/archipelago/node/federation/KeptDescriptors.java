package org.archipelago.node.federation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.member.SiteDescriptor;

/**
 * The members' descriptors beside the site's own keys: whoever brings the site back from its peers has nothing else to know them by. They
 * were accepted by their fingerprints, and are as safe as the keys that they lie with.
 */
public record KeptDescriptors(Path directory) {
    private static final String ENDING = ".archipelago-site";

    /** Those of the members now, and no others. */
    public void keep(Map<SiteId, String> notes) throws IOException {
        DurableFile.createDirectories(directory);
        Map<Path, byte[]> wanted = new HashMap<>();
        notes.forEach(
                (site, note) -> wanted.put(directory.resolve(site + ENDING), note.getBytes(StandardCharsets.UTF_8)));
        for (Path file : files()) {
            if (!wanted.containsKey(file)) {
                Files.delete(file);
            }
        }
        for (Map.Entry<Path, byte[]> one : wanted.entrySet()) {
            boolean isThere =
                    Files.exists(one.getKey()) && Arrays.equals(Files.readAllBytes(one.getKey()), one.getValue());
            if (!isThere) {
                DurableFile.replace(one.getKey(), one.getValue());
            }
        }
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.toString().endsWith(ENDING)).sorted().toList();
        }
    }

    /** @throws ArchiveException one of them is no descriptor */
    public List<SiteDescriptor> read() throws IOException {
        List<SiteDescriptor> descriptors = new ArrayList<>();
        for (Path file : files()) {
            try (InputStream in = Files.newInputStream(file)) {
                descriptors.add(SiteDescriptor.parse(in.readNBytes(SiteDescriptor.MAX_LENGTH_BYTES + 1)));
            }
        }
        return descriptors;
    }
}

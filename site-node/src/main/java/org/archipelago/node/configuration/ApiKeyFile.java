package org.archipelago.node.configuration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The API key of Elasticsearch. Whoever has it reads every patient's data: as with the master key, its owner alone may. */
public final class ApiKeyFile {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private ApiKeyFile() {}

    /** @throws ConfigurationException when it cannot be read, or others can read it */
    public static String read(Path file) {
        try {
            Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
            if (!OWNER_ONLY.containsAll(granted)) {
                throw new ConfigurationException("elasticsearch.apiKeyFile: " + file + " is open to others ("
                        + PosixFilePermissions.toString(granted) + "); run: chmod 600 " + file);
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new ConfigurationException("elasticsearch.apiKeyFile: cannot read " + file, e);
        }
    }
}

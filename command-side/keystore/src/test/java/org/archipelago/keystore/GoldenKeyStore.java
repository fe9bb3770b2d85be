package org.archipelago.keystore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;

/**
 * A keystore as a release has written it. A line is {@code file NAME HEX}, the master key's among them, or {@code key CLASS
 * SUBJECT HEX}, with {@code destroyed} in place of a key that is no more. Once released it is never made again; {@link
 * #main} is for a new format.
 */
record GoldenKeyStore(Map<String, byte[]> files, Map<KeyRef, Optional<byte[]>> keys) {
    private static final String MASTER_KEY = "master.key";
    private static final HexFormat HEX = HexFormat.of();

    static GoldenKeyStore version(int version) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        Map<KeyRef, Optional<byte[]>> keys = new HashMap<>();
        try (InputStream in = GoldenKeyStore.class.getResourceAsStream("golden-keystore-" + version + ".txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            for (String line : text.lines().toList()) {
                String[] words = line.split(" ");
                if (words[0].equals("file")) {
                    files.put(words[1], HEX.parseHex(words[2]));
                } else {
                    keys.put(
                            new KeyRef(KeyClass.valueOf(words[1]), new StreamId(words[2])),
                            words[3].equals("destroyed") ? Optional.empty() : Optional.of(HEX.parseHex(words[3])));
                }
            }
        }
        return new GoldenKeyStore(files, keys);
    }

    FileKeyStore open(Path directory) throws IOException {
        Path keys = Files.createDirectories(directory.resolve("keys"));
        Path master = directory.resolve(MASTER_KEY);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            boolean isMaster = file.getKey().equals(MASTER_KEY);
            Files.write(isMaster ? master : keys.resolve(file.getKey()), file.getValue());
        }
        Files.setPosixFilePermissions(master, PosixFilePermissions.fromString("rw-------"));
        return FileKeyStore.open(keys, master);
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("golden");
        Path keys = directory.resolve("keys");
        Path master = directory.resolve(MASTER_KEY);
        List<String> lines = new ArrayList<>();
        try (FileKeyStore store = FileKeyStore.open(keys, master, KeyStoreOptions.DEFAULT, new SecureRandom())) {
            for (KeyClass keyClass : KeyClass.values()) {
                KeyRef kept = use(keyClass, "kept");
                lines.add("key " + keyClass + " " + kept.subject() + " "
                        + HEX.formatHex(store.obtain(kept).secret().getEncoded()));
            }
            for (KeyClass keyClass : KeyClass.values()) {
                KeyRef destroyed = use(keyClass, "destroyed");
                KeyId id = store.obtain(destroyed).id();
                store.destroy(List.of(id));
                lines.add("key " + keyClass + " " + destroyed.subject() + " destroyed");
            }
        }
        try (Stream<Path> files = Stream.concat(Stream.of(master), Files.list(keys))) {
            for (Path file : files.sorted().toList()) {
                if (Files.size(file) > 0) {
                    lines.add("file " + file.getFileName() + " " + HEX.formatHex(Files.readAllBytes(file)));
                }
            }
        }
        Files.writeString(Path.of(arguments[0]), String.join("\n", lines) + "\n", StandardCharsets.US_ASCII);
    }

    private static KeyRef use(KeyClass keyClass, String name) {
        return new KeyRef(keyClass, new StreamId(new UUID(1, 2) + "/subject/" + keyClass.code() + "-" + name));
    }
}

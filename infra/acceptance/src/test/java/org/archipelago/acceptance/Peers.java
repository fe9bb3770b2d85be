package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/** The peers that come from npm, at the versions of the committed lock file. */
final class Peers {
    private Peers() {}

    /** A directory with the scripts and their packages; installed once for each state of the lock file. */
    static synchronized Path installed() {
        Path source = Checkout.file("infra/acceptance/src/test/peers");
        Path target = Checkout.target().resolve("peers");
        try {
            Files.createDirectories(target);
            for (Path file : Directories.files(source)) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
            Path stamp = target.resolve("installed");
            String lock = Files.readString(source.resolve("package-lock.json"));
            if (!Files.exists(stamp) || !Files.readString(stamp).equals(lock)) {
                Program.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                        .in(target)
                        .within(Duration.ofMinutes(3))
                        .run()
                        .succeeded();
                Files.writeString(stamp, lock);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return target;
    }
}

package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What NOTICE says is in a packaged node, and what is. */
class NoticeIT {
    private static final String ENTRY = "    jar: ";

    /** Our own modules; a version begins with a digit behind a hyphen. */
    private static final List<String> OWN =
            List.of("contract", "domain", "keystore", "eventstore", "blobstore", "query-side", "federation");

    private static List<String> named() throws IOException {
        return Files.readAllLines(Checkout.file("NOTICE")).stream()
                .filter(line -> line.startsWith(ENTRY))
                .map(line -> line.substring(ENTRY.length()).split(" {2,}")[0])
                .flatMap(names -> Arrays.stream(names.split(", *")))
                .map(String::strip)
                .toList();
    }

    private static List<String> packaged() throws IOException {
        Path library = Path.of(System.getProperty("archipelago.node.jar")).resolveSibling("lib");
        try (Stream<Path> jars = Files.list(library)) {
            return jars.map(jar -> jar.getFileName().toString().replaceFirst("-\\d.*\\.jar$", ""))
                    .filter(name -> !OWN.contains(name))
                    .distinct()
                    .toList();
        }
    }

    private static boolean covers(String entry, String jar) {
        return entry.endsWith("*") ? jar.startsWith(entry.substring(0, entry.length() - 1)) : jar.equals(entry);
    }

    @Test
    void everyPackagedLibrary_isInTheNotice() throws IOException {
        List<String> named = named();
        List<String> packaged = packaged();
        assertThat(packaged).hasSizeGreaterThan(50);
        assertThat(packaged).allSatisfy(jar -> assertThat(named).anyMatch(entry -> covers(entry, jar)));
    }

    @Test
    void everythingInTheNotice_isPackaged() throws IOException {
        List<String> packaged = packaged();
        assertThat(named()).allSatisfy(entry -> assertThat(packaged).anyMatch(jar -> covers(entry, jar)));
    }
}

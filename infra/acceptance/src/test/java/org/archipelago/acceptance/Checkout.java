package org.archipelago.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Files of the project that the tests run in. */
final class Checkout {
    private Checkout() {}

    static Path file(String relative) {
        return Path.of(System.getProperty("archipelago.root"), relative);
    }

    static Path target() {
        return file("infra/acceptance/target");
    }

    static Path resource(String relative) {
        return file("infra/acceptance/src/test/resources").resolve(relative);
    }

    /** The real DICOM files, or this test is not shown. */
    static Path realData() {
        Path data = Path.of(System.getProperty("archipelago.data", ""), "dicom");
        Assumptions.assumeTrue(
                Files.exists(data.resolve("README.tsv")), "NOT SHOWN: needs the real DICOM files at " + data);
        return data;
    }
}

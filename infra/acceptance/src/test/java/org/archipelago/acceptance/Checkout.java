package org.archipelago.acceptance;

import java.nio.file.Path;

/** Files of the project that the tests run in. The programs of infra/bench and infra/faults use it, too, and have no JUnit. */
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
}

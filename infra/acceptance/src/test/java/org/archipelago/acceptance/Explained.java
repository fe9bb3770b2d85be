package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Committed lists of what differs, or cannot be done, each line with its reason: file, for differences the tag, reason. */
final class Explained {
    private Explained() {}

    private static List<String[]> rows(String list) throws IOException {
        List<String[]> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Checkout.resource(list))) {
            if (!line.startsWith("#") && !line.isBlank()) {
                String[] cells = line.split("\t", -1);
                if (cells[cells.length - 1].isBlank()) {
                    throw new AssertionError(list + " gives no reason for " + cells[0]);
                }
                rows.add(cells);
            }
        }
        return rows;
    }

    static List<String> files(String list) throws IOException {
        return rows(list).stream().map(cells -> cells[0]).toList();
    }

    /** The differences that the list does not explain; fails when it explains one that is not there. */
    static List<String> without(String list, List<String> differences) throws IOException {
        List<String> left = new ArrayList<>(differences);
        for (String[] cells : rows(list)) {
            if (!left.removeIf(line -> line.startsWith(cells[0] + "\t" + cells[1]))) {
                throw new AssertionError(list + " explains what is not so: " + String.join(" ", cells));
            }
        }
        return left;
    }
}

package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/published-faults.md says was tried is in the code that tries it. */
class PublishedFaultsTest {
    private static final Pattern NAMED = Pattern.compile("`([a-z0-9-]+)`");
    private static final Pattern SOURCE =
            Pattern.compile("CVE-\\d{4}-\\d{4,}|GHSA-[a-z0-9-]+|github\\.com/\\S+/(issues|pull)/\\d+");

    private static List<String[]> rows() throws IOException {
        try (Stream<String> lines = Files.lines(Checkout.file("docs/published-faults.md"))) {
            return lines.takeWhile(line -> !line.startsWith("## What was found"))
                    .filter(line -> line.startsWith("| ") && !line.startsWith("| published "))
                    .map(line -> line.substring(1).split("\\|"))
                    .toList();
        }
    }

    @Test
    void everyAttackThatIsNamed_exists() throws IOException {
        List<String> attacks = Attack.all().stream().map(Attack::name).toList();
        List<String> named = rows().stream()
                .flatMap(row -> NAMED.matcher(row[3]).results())
                .map(result -> result.group(1))
                .toList();
        assertThat(named)
                .hasSizeGreaterThan(30)
                .allSatisfy(name -> assertThat(attacks).contains(name));
    }

    @Test
    void everyFault_hasItsSource_andAnAttackOrAReason() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(25).allSatisfy(row -> {
            assertThat(SOURCE.matcher(row[0]).results().map(MatchResult::group))
                    .as(row[0])
                    .isNotEmpty();
            assertThat(row).hasSize(5);
            boolean none = row[3].strip().startsWith("none:");
            assertThat(none || NAMED.matcher(row[3]).find()).as(row[3]).isTrue();
            assertThat(row[4]).isNotBlank();
        });
    }

    @Test
    void attacks_haveNamesOfTheirOwn() {
        assertThat(Attack.all())
                .extracting(Attack::name)
                .doesNotHaveDuplicates()
                .hasSizeGreaterThan(100);
    }
}

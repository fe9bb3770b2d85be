package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The committed table itself. */
class ExpectedOutcomesTest {
    private static final Pattern SECTION = Pattern.compile("architecture (\\d+)");

    @Test
    void rowThatIsNotPlain_citesARule() throws IOException {
        ExpectedOutcomes table = ExpectedOutcomes.read();
        assertThat(table.rules())
                .hasSizeGreaterThan(900)
                .allSatisfy((file, rule) -> assertThat(rule.isEmpty()).as(file).isEqualTo(table.isPlain(file)));
    }

    @Test
    void citedSection_isInTheArchitecture() throws IOException {
        String architecture = Files.readString(Checkout.file("docs/architecture.md"));
        ExpectedOutcomes.read().rules().forEach((file, rule) -> {
            Matcher section = SECTION.matcher(rule);
            while (section.find()) {
                assertThat(architecture).as(file).containsPattern("(?m)^## " + section.group(1) + "\\. ");
            }
        });
    }

    @Test
    void conflict_isJudgedAndHasAKind() throws IOException {
        ExpectedOutcomes table = ExpectedOutcomes.read();
        Map<String, String> kinds = table.column("conflict");
        Map<String, String> judgements = ExpectedOutcomes.conflictJudgements();
        table.column("raw").forEach((file, outcome) -> {
            if (outcome.equals("conflict")) {
                assertThat(kinds.get(file)).as(file).isNotEmpty();
            }
        });
        Set<String> conflicts = new HashSet<>();
        for (String channel : ExpectedOutcomes.CHANNELS) {
            table.column(channel).forEach((file, outcome) -> {
                if (outcome.equals("conflict")) {
                    conflicts.add(file);
                }
            });
        }
        assertThat(judgements.keySet()).as("a person's judgements").containsExactlyInAnyOrderElementsOf(conflicts);
    }
}

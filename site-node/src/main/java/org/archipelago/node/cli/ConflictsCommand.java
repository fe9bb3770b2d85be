package org.archipelago.node.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "conflicts",
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Objects that contradict what is here: every version is kept, and a steward decides which is current.")
final class ConflictsCommand implements Runnable {
    private final Seams seams;
    private final Terminal terminal;

    ConflictsCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new CommandFailure("Say what to do: list, show STUDY, or resolve STUDY NUMBER --reason TEXT.", 2);
    }

    @Command(description = "Lists the studies that have open conflicts, the one that changed last first.")
    int list(@Mixin SiteOptions site, @Option(names = "--json", description = "Writes JSON") boolean json) {
        List<SiteOperations.StudyInConflict> studies = seams.operations().studiesInConflict(site.address(seams));
        if (json) {
            terminal.json(studies);
        } else if (studies.isEmpty()) {
            terminal.line("There are no open conflicts.");
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("study", "open conflicts"));
            studies.forEach(study -> rows.add(List.of(study.study(), Integer.toString(study.openConflicts()))));
            terminal.table(rows);
        }
        return 0;
    }

    @Command(description = "Shows the open conflicts of a study.")
    int show(
            @Mixin SiteOptions site,
            @Parameters(paramLabel = "STUDY", description = "Study Instance UID") String study,
            @Option(names = "--json", description = "Writes JSON") boolean json) {
        List<SiteOperations.Conflict> conflicts = seams.operations().conflicts(site.address(seams), study);
        if (json) {
            terminal.json(conflicts);
        } else if (conflicts.isEmpty()) {
            terminal.line("This study has no open conflict.");
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("number", "what", "since", "from", "instance", "version that waits"));
            conflicts.forEach(conflict -> rows.add(List.of(
                    Integer.toString(conflict.number()),
                    conflict.summary(),
                    conflict.openedAt(),
                    conflict.source(),
                    conflict.instance(),
                    conflict.challenger())));
            terminal.table(rows);
        }
        return 0;
    }

    @Command(
            description =
                    "Closes one; who, why and what is current from then on is recorded, and every version stays kept.")
    int resolve(
            @Mixin SiteOptions site,
            @Parameters(paramLabel = "STUDY", description = "Study Instance UID") String study,
            @Parameters(paramLabel = "NUMBER", description = "The conflict's number in the study") int number,
            @Option(
                            names = "--current",
                            paramLabel = "VERSION",
                            description =
                                    "The version that is current from now on; without it what is current stays so")
                    Optional<String> current,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why") String reason) {
        if (reason.isBlank()) {
            throw new CommandFailure("A reason must say something.", 2);
        }
        seams.operations().resolveConflict(site.address(seams), study, number, current, reason.strip());
        terminal.line("Conflict " + number + " was resolved.");
        return 0;
    }
}

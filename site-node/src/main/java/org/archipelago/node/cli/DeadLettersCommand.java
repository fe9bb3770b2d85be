package org.archipelago.node.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "dead-letters",
        synopsisSubcommandLabel = "COMMAND",
        description = "Events that a projection could not take in: they wait here and block only their own study.")
final class DeadLettersCommand implements Runnable {
    private final Seams seams;
    private final Terminal terminal;

    DeadLettersCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new CommandFailure("Say what to do: list, show ID, retry ID, or discard ID --reason TEXT.", 2);
    }

    @Command(description = "Lists them, oldest first.")
    int list(@Mixin SiteOptions site, @Option(names = "--json", description = "Writes JSON") boolean json) {
        List<SiteOperations.DeadLetter> letters = seams.operations().deadLetters(site.address(seams));
        if (json) {
            terminal.json(letters);
            return 0;
        }
        if (letters.isEmpty()) {
            terminal.line("There are no dead letters.");
            return 0;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("id", "projection", "event", "position", "since", "attempts", "cause"));
        letters.forEach(letter -> rows.add(List.of(
                letter.id(),
                letter.projection(),
                letter.eventType(),
                Long.toString(letter.position()),
                letter.firstFailure(),
                Integer.toString(letter.attempts()),
                letter.cause())));
        terminal.table(rows);
        return 0;
    }

    @Command(description = "Shows one in full.")
    int show(
            @Mixin SiteOptions site,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--json", description = "Writes JSON") boolean json) {
        SiteOperations.DeadLetter letter = seams.operations().deadLetters(site.address(seams)).stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new CommandFailure("There is no dead letter " + id + "; see 'dead-letters list'."));
        if (json) {
            terminal.json(letter);
        } else {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("id", letter.id());
            facts.put("projection", letter.projection());
            facts.put("event type", letter.eventType());
            facts.put("position", letter.position());
            facts.put("first failure", letter.firstFailure());
            facts.put("last failure", letter.lastFailure());
            facts.put("attempts", letter.attempts());
            facts.put("cause", letter.cause());
            terminal.facts(facts);
        }
        return 0;
    }

    @Command(description = "Offers one to its projection again; recorded.")
    int retry(@Mixin SiteOptions site, @Parameters(paramLabel = "ID") String id) {
        SiteOperations.Retried retried = seams.operations().retryDeadLetter(site.address(seams), id);
        if (!retried.taken()) {
            throw new CommandFailure("Dead letter " + id + " still cannot be taken in: " + retried.cause()
                    + (retried.folded() > 0 ? " (" + retried.folded() + " before it in its stream were)" : "") + ".");
        }
        terminal.line("Dead letter " + id + " was taken in"
                + (retried.folded() > 1 ? ", with " + (retried.folded() - 1) + " others of its stream" : "") + ".");
        return 0;
    }

    @Command(description = "Gives one up for a reason; recorded.")
    int discard(
            @Mixin SiteOptions site,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why") String reason) {
        if (reason.isBlank()) {
            throw new CommandFailure("A reason must say something.", 2);
        }
        seams.operations().discardDeadLetter(site.address(seams), id, reason.strip());
        terminal.line("Dead letter " + id + " was discarded.");
        return 0;
    }
}

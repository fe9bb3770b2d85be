package org.archipelago.query.projection;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.query.LogPositions;
import org.axonframework.common.stream.BlockingStream;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.messaging.StreamableMessageSource;

/** Reads dead letters from the log again and folds them. */
final class DeadLetterRetry {
    private static final int READ_TIMEOUT_S = 5;

    private final StreamableMessageSource<TrackedEventMessage<?>> source;
    private final LogPositions positions;
    private final DeadLetters letters;
    private final String group;

    DeadLetterRetry(
            StreamableMessageSource<TrackedEventMessage<?>> source,
            LogPositions positions,
            DeadLetters letters,
            String group) {
        this.source = source;
        this.positions = positions;
        this.letters = letters;
        this.group = group;
    }

    Retried retry(Generation generation, String stream, String reason, String by) {
        List<DeadLetter> waiting = letters.list(group, generation.number()).stream()
                .filter(letter -> letter.stream().equals(stream))
                .toList();
        int folded = 0;
        for (DeadLetter letter : waiting) {
            Optional<String> failure = generation.folding().refold(read(letter));
            if (failure.isPresent()) {
                letters.failed(group, generation.number(), letter.record(), failure.get(), reason, by);
                return new Retried(folded, failure);
            }
            letters.resolve(group, generation.number(), letter.record(), reason, by);
            folded++;
        }
        return new Retried(folded, Optional.empty());
    }

    private TrackedEventMessage<?> read(DeadLetter letter) {
        LocalPosition before = new LocalPosition(letter.position().value() - 1);
        LocalToken token = new LocalToken(
                positions.incarnation(), before, positions.recordAt(before).orElse(TokenDocuments.NO_RECORD));
        try (BlockingStream<TrackedEventMessage<?>> stream = source.openStream(token)) {
            if (stream.hasNextAvailable(READ_TIMEOUT_S, TimeUnit.SECONDS)) {
                TrackedEventMessage<?> event = stream.nextAvailable();
                if (event.trackingToken() instanceof LocalToken found
                        && found.record().equals(letter.record())) {
                    return event;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "dead letter", e);
        }
        throw new ArchiveException(ArchiveError.NOT_FOUND, "record of a dead letter");
    }
}

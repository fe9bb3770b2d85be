package org.archipelago.node.ingest;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.study.StudyContents;

/**
 * How long nothing must arrive for a study until it settles.
 *
 * @param own of sources that have one, by their name
 */
public record QuietTimes(Duration standard, Map<String, Duration> own) {
    public QuietTimes {
        own = Map.copyOf(own);
    }

    public Duration of(Actor source) {
        return own.getOrDefault(source.name(), standard);
    }

    /** Of a study of which it is not remembered who sent last, but kept; the standard where that cannot be told either. */
    public Duration ofLastSource(StudyCopyId study, Function<StudyCopyId, Optional<StudyContents>> contents) {
        if (own.isEmpty()) {
            return standard; // no study need be read for that
        }
        try {
            return contents.apply(study)
                    .flatMap(QuietTimes::lastSource)
                    .map(this::of)
                    .orElse(standard);
        } catch (ArchiveException e) {
            return standard; // whoever settles it says what is wrong with it
        }
    }

    private static Optional<Actor> lastSource(StudyContents contents) {
        return contents.instances().stream()
                .flatMap(StudyContents.Instance::versions)
                .max(Comparator.comparing(StudyContents.Version::storedAt))
                .map(StudyContents.Version::source);
    }
}

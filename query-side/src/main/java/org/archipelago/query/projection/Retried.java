package org.archipelago.query.projection;

import java.util.Optional;

/**
 * What came of a retry.
 *
 * @param folded events of the stream that are in the index now
 * @param failure why the next one is not: a class name or Elasticsearch's type of error; empty when all are
 */
public record Retried(int folded, Optional<String> failure) {
    Retried and(Retried other) {
        return new Retried(folded + other.folded, failure.or(other::failure));
    }
}

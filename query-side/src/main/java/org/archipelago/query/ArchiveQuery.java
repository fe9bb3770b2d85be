package org.archipelago.query;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.log.LocalPosition;

/**
 * A query of one level.
 *
 * @param localIssuer a bare Patient ID or Accession Number means this domain (architecture section 3)
 * @param includeFields attributes wanted beyond the level's defaults; see includeAll
 * @param limit most matches in the page, to the configured maximum; 0 asks only whether there are any
 * @param minimum the answer takes in at least this position, or fails POSITION_NOT_REACHED after a bounded wait; -1 for none
 */
public record ArchiveQuery(
        QueryLevel level,
        List<MatchingKey> keys,
        String localIssuer,
        boolean fuzzyNames,
        Set<Integer> includeFields,
        boolean includeAll,
        int offset,
        int limit,
        LocalPosition minimum) {
    public ArchiveQuery {
        keys = List.copyOf(keys);
        includeFields = Set.copyOf(includeFields);
    }
}

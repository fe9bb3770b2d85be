package org.archipelago.contract.log;

import java.util.List;

/** Port: which claims an event makes. Pure, and the same for the same event, so that the table can be folded again from the log. */
public interface ClaimSource {
    List<UniqueClaim> claimsOf(Object event);
}

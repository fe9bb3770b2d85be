package org.archipelago.federation.replica;

import java.time.Instant;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.note.SignedNote;

/**
 * Something that a peer gave and that was not believed. Nothing of it was used.
 *
 * @param note what it was given under, if there was a note
 */
public record Refusal(Instant at, SiteId peer, SiteId origin, long from, String what, Optional<SignedNote> note) {
    private static final int MAX_WHAT_CHARS = 512;

    public Refusal {
        what = what.length() > MAX_WHAT_CHARS ? what.substring(0, MAX_WHAT_CHARS) : what;
    }

    String text() {
        return "at " + at + "\npeer " + peer + "\norigin " + origin + "\nfrom " + from + "\n" + what + "\n\n"
                + note.map(SignedNote::toString).orElse("");
    }
}

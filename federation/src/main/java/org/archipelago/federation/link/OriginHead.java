package org.archipelago.federation.link;

import org.archipelago.contract.SiteId;
import org.archipelago.federation.note.SignedNote;

/**
 * An origin, and the note that is said to be its largest checkpoint. Not verified.
 *
 * @param origin as the teller has it; the note is believed only if it names the same
 */
public record OriginHead(SiteId origin, SignedNote checkpoint) {}

package org.archipelago.federation.rejoin;

import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.note.VerifierKey;

/**
 * The largest checkpoint of this site that one peer has seen.
 *
 * @param checkpoint empty when it has seen none
 */
public record SeenOfUs(PeerLink link, Optional<SignedCheckpoint> checkpoint) {
    /**
     * Empty when the peer does not answer, or shows what this site has not signed: it tells nothing.
     *
     * @param own key of this site
     */
    public static Optional<SeenOfUs> by(PeerLink link, SiteId site, VerifierKey own) {
        try {
            Optional<OriginHead> head = link.heads().stream()
                    .filter(told -> told.origin().equals(site))
                    .findFirst();
            return Optional.of(new SeenOfUs(link, head.map(told -> SignedCheckpoint.verify(told.checkpoint(), own))));
        } catch (ArchiveException _) {
            return Optional.empty();
        }
    }

    public long size() {
        return checkpoint.map(SignedCheckpoint::size).orElse(0L);
    }
}

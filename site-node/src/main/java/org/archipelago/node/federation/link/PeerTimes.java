package org.archipelago.node.federation.link;

import java.time.Duration;
import org.archipelago.contract.SiteId;

/** Is told what members' clocks are, by answers to calls that make nobody wait. Never by who is not the member that was called. */
public interface PeerTimes {
    /** Tells nobody. */
    PeerTimes IGNORED = (_, _, _) -> {};

    /**
     * @param ahead what must be added to this site's clock to agree with the peer's, if the way there took as long as the way back;
     *     wrong by half of {@code roundTrip} at most, as far as the peer tells the truth
     */
    void told(SiteId peer, Duration ahead, Duration roundTrip);
}

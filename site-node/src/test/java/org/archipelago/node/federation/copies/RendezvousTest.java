package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.junit.jupiter.api.Test;

class RendezvousTest {
    private static final int STUDIES = 20_000;
    private static final SiteId ORIGIN = site(0);

    private static SiteId site(int number) {
        return new SiteId(new UUID(0x1234567812344567L, 0x8234567812345600L + number));
    }

    private static StreamId study(int number) {
        return new StreamId(ORIGIN + "/study/" + "%032x".formatted(number));
    }

    private static Map<SiteId, Integer> shares(Map<SiteId, Long> offered, int wanted) {
        Map<SiteId, Integer> shares = new HashMap<>();
        for (int number = 0; number < STUDIES; number++) {
            Rendezvous.choose(study(number), offered, wanted).forEach(site -> shares.merge(site, 1, Integer::sum));
        }
        return shares;
    }

    @Test
    void sites_areChosenInProportionToWhatTheyOffer() {
        Map<SiteId, Integer> shares = shares(Map.of(site(1), 1_000L, site(2), 2_000L, site(3), 5_000L), 1);
        assertThat(shares.get(site(1)) / (double) STUDIES).isBetween(0.115, 0.135);
        assertThat(shares.get(site(2)) / (double) STUDIES).isBetween(0.235, 0.265);
        assertThat(shares.get(site(3)) / (double) STUDIES).isBetween(0.61, 0.64);
    }

    @Test
    void siteThatComes_takesOverOnlyWhatItGains() {
        Map<SiteId, Long> before = Map.of(site(1), 1_000L, site(2), 1_000L, site(3), 1_000L);
        Map<SiteId, Long> after = new HashMap<>(before);
        after.put(site(4), 1_000L);
        int moved = 0;
        for (int number = 0; number < STUDIES; number++) {
            Set<SiteId> gained = new HashSet<>(Rendezvous.choose(study(number), after, 2));
            gained.removeAll(Rendezvous.choose(study(number), before, 2));
            assertThat(gained).isSubsetOf(site(4));
            moved += gained.size();
        }
        // Two copies among four sites: half of the studies gain it.
        assertThat(moved / (double) STUDIES).isBetween(0.48, 0.52);
    }

    @Test
    void fewerSitesThanAreWanted_areAllChosen() {
        assertThat(Rendezvous.choose(study(1), Map.of(site(1), 1L, site(2), 0L), 3))
                .isEqualTo(List.of(site(1)));
        assertThat(Rendezvous.choose(study(1), Map.of(), 3)).isEmpty();
        assertThat(Rendezvous.choose(study(1), Map.of(site(1), 1L), 0)).isEmpty();
    }
}

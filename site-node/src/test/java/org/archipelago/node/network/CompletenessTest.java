package org.archipelago.node.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.Test;

class CompletenessTest {
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));

    private static SiteStanding site(boolean reachable, OptionalLong age, long known, long unreadable, String problem) {
        return new SiteStanding(HARBOR, "harbor", reachable, age, 10, known, OptionalLong.of(unreadable), problem, 0);
    }

    private static List<String> gaps(SiteStanding site) {
        return new Completeness(List.of(site)).gaps();
    }

    @Test
    void siteWhoseRecordsAreAllHereAndReadable_isNoGap() {
        Completeness complete = new Completeness(List.of(site(true, OptionalLong.of(0), 10, 0, "")));
        assertThat(complete.isComplete()).isTrue();
        assertThat(complete.sentence()).isEmpty();
        assertThat(complete.header()).contains("\"harbor\"", "records=10", "known=10", "reachable=?1", "age=0");
    }

    @Test
    void everyReasonForAGap_isNamed() {
        assertThat(gaps(site(false, OptionalLong.of(75), 10, 0, ""))).containsExactly("harbor: last reached 75 s ago");
        assertThat(gaps(site(false, OptionalLong.empty(), 10, 0, ""))).containsExactly("harbor: not reached");
        assertThat(gaps(site(true, OptionalLong.of(0), 12, 0, ""))).containsExactly("harbor: 2 records behind");
        assertThat(gaps(site(true, OptionalLong.of(0), 10, 4, "")))
                .containsExactly("harbor: 4 records unreadable here");
        assertThat(gaps(site(true, OptionalLong.of(0), 10, 0, "it has signed two histories of its log")))
                .containsExactly("harbor: it has signed two histories of its log");
    }

    @Test
    void siteThatDoesNotSign_isAGap() {
        SiteStanding harbor =
                new SiteStanding(HARBOR, "harbor", true, OptionalLong.of(0), 10, 10, OptionalLong.of(0), "", 7);
        Completeness seen = new Completeness(List.of(harbor));
        assertThat(seen.gaps()).containsExactly("harbor: 7 records not signed yet");
        assertThat(seen.header()).contains(";unsigned=7");
        assertThat(seen.sentence()).isPresent();
    }

    @Test
    void siteThatIsNoMemberAnyMore_isNamedAndNoGap() {
        Completeness seen = new Completeness(List.of(SiteStanding.former(HARBOR, "harbor", 10, OptionalLong.of(2))));
        assertThat(seen.isComplete()).isTrue();
        assertThat(seen.header()).contains("\"harbor\"", ";records=10", ";member=?0");
    }

    @Test
    void siteOfNoMembers_isComplete() {
        assertThat(new Completeness(List.of()).isComplete()).isTrue();
        assertThat(new Completeness(List.of()).header()).isEmpty();
    }
}

package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.Availability;
import org.junit.jupiter.api.Test;

class ForeignAvailabilityTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final StudyCopyId STUDY = new StudyCopyId(new StreamId(NORTH + "/study/" + "0".repeat(64)));

    private final Set<SiteId> reachable = new HashSet<>();
    private final Set<SiteId> holders = new HashSet<>();
    private boolean hasKey;
    private boolean isErased;
    private boolean isHeld;

    private Availability availability() {
        return new ForeignAvailability(_ -> hasKey, _ -> isErased, _ -> isHeld, _ -> holders, () -> reachable)
                .of(STUDY);
    }

    @Test
    void studyOfASiteThatAnswers_comesFromThere() {
        reachable.add(NORTH);
        assertThat(availability()).isEqualTo(Availability.NEARLINE);
    }

    @Test
    void studyOfASiteThatDoesNotAnswer_comesFromAHolderIfItsKeyIsHere() {
        assertThat(availability()).isEqualTo(Availability.UNAVAILABLE);
        holders.add(HARBOR);
        reachable.add(HARBOR);
        assertThat(availability()).as("nobody gives its key").isEqualTo(Availability.UNAVAILABLE);
        hasKey = true;
        assertThat(availability()).isEqualTo(Availability.NEARLINE);
        reachable.clear();
        assertThat(availability()).as("no holder answers").isEqualTo(Availability.UNAVAILABLE);
    }

    @Test
    void studyThatIsHeldHere_isHereIfItCanBeOpened() {
        isHeld = true;
        assertThat(availability()).isEqualTo(Availability.UNAVAILABLE);
        hasKey = true;
        assertThat(availability()).isEqualTo(Availability.ONLINE);
    }

    @Test
    void erasedStudy_isNotToBeHad() {
        isErased = true;
        isHeld = true;
        reachable.add(NORTH);
        assertThat(availability()).isEqualTo(Availability.UNAVAILABLE);
    }
}

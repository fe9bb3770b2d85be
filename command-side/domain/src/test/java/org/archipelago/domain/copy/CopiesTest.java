package org.archipelago.domain.copy;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyCommand.AssignCopies;
import org.archipelago.contract.federation.CopyCommand.DeclareCapacity;
import org.archipelago.contract.federation.CopyCommand.RecordHeldCopy;
import org.archipelago.contract.federation.CopyCommand.ReleaseHeldCopy;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.CopyEvent.CapacityDeclared;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.federation.CopyEvent.StudyCopyReleased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.axonframework.test.matchers.Matchers;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CopiesTest {
    private static final SiteId HARBOR = new SiteId(new UUID(4, 4));
    private static final SiteId VALLEY = new SiteId(new UUID(5, 5));
    private static final StudyCopyId OWN = new StudyCopyId(new StreamId(NAMES.site() + "/study/ab"));
    private static final StudyCopyId FOREIGN = new StudyCopyId(new StreamId(HARBOR + "/study/cd"));

    private final AggregateTestFixture<CopyAssignment> assignments = new AggregateTestFixture<>(CopyAssignment.class);
    private final AggregateTestFixture<HeldCopy> holdings = new AggregateTestFixture<>(HeldCopy.class);
    private final AggregateTestFixture<DeclaredCapacity> capacities =
            new AggregateTestFixture<>(DeclaredCapacity.class);
    private final StreamId assignment = NAMES.assignment(OWN);
    private final StreamId held = NAMES.held(FOREIGN);
    private final StreamId capacity = NAMES.capacity();

    @BeforeEach
    void inject() {
        for (AggregateTestFixture<?> fixture : List.of(assignments, holdings, capacities)) {
            fixture.registerInjectableResource((Clock) new TestClock());
        }
    }

    private static Matcher<?> refused() {
        return Matchers.matches(failure ->
                failure instanceof ArchiveException refused && refused.error() == ArchiveError.INVALID_REQUEST);
    }

    private AssignCopies assign(SiteId... holders) {
        return new AssignCopies(assignment, OWN, List.of(holders));
    }

    private CopyAssigned assigned(SiteId... holders) {
        return new CopyAssigned(assignment, OWN, List.of(holders), NOON);
    }

    @Test
    void holders_areRecordedOnceAndInOneOrder() {
        assignments.givenNoPriorActivity().when(assign(VALLEY, HARBOR)).expectEvents(assigned(HARBOR, VALLEY));
        assignments.given(assigned(HARBOR, VALLEY)).when(assign(VALLEY, HARBOR)).expectNoEvents();
        assignments.given(assigned(HARBOR, VALLEY)).when(assign(VALLEY)).expectEvents(assigned(VALLEY));
        assignments.given(assigned(VALLEY)).when(assign()).expectEvents(assigned());
        assignments.givenNoPriorActivity().when(assign()).expectNoEvents();
    }

    @Test
    void assignmentsThatMakeNoSense_areRefused() {
        assignments.givenNoPriorActivity().when(assign(NAMES.site())).expectException(refused());
        assignments
                .givenNoPriorActivity()
                .when(new AssignCopies(assignment, FOREIGN, List.of(VALLEY)))
                .expectException(refused());
        List<SiteId> many = new ArrayList<>();
        for (int i = 0; i <= CopyEvent.MAX_HOLDERS; i++) {
            many.add(new SiteId(new UUID(9, i)));
        }
        assignments
                .givenNoPriorActivity()
                .when(new AssignCopies(assignment, OWN, many))
                .expectException(refused());
    }

    private RecordHeldCopy hold(long through) {
        return new RecordHeldCopy(held, FOREIGN, new Revision(through), 3, 300);
    }

    private StudyCopyHeld holding(long through) {
        return new StudyCopyHeld(held, FOREIGN, new Revision(through), 3, 300, NOON);
    }

    @Test
    void copy_isHeldOnceForEachPlaceItGrowsTo() {
        holdings.givenNoPriorActivity().when(hold(4)).expectEvents(holding(4));
        holdings.given(holding(4)).when(hold(4)).expectNoEvents();
        holdings.given(holding(4)).when(hold(3)).expectNoEvents();
        holdings.given(holding(4)).when(hold(6)).expectEvents(holding(6));
    }

    @Test
    void copyThatIsReleased_isReleasedOnceAndCanBeHeldAgain() {
        StudyCopyReleased released = new StudyCopyReleased(held, FOREIGN, "assigned to others", NOON);
        ReleaseHeldCopy release = new ReleaseHeldCopy(held, FOREIGN, "assigned to others");
        holdings.given(holding(4)).when(release).expectEvents(released);
        holdings.given(holding(4), released).when(release).expectNoEvents();
        holdings.given(holding(4), released).when(hold(4)).expectEvents(holding(4));
        holdings.givenNoPriorActivity().when(release).expectNoEvents();
    }

    @Test
    void ownStudy_isNoCopy() {
        holdings.givenNoPriorActivity()
                .when(new RecordHeldCopy(held, OWN, new Revision(0), 1, 1))
                .expectException(refused());
    }

    @Test
    void capacity_isDeclaredWhenItChanges() {
        CapacityDeclared some = new CapacityDeclared(capacity, 1000, NOON);
        capacities.givenNoPriorActivity().when(new DeclareCapacity(capacity, 0)).expectNoEvents();
        capacities
                .givenNoPriorActivity()
                .when(new DeclareCapacity(capacity, 1000))
                .expectEvents(some);
        capacities.given(some).when(new DeclareCapacity(capacity, 1000)).expectNoEvents();
        capacities
                .given(some)
                .when(new DeclareCapacity(capacity, 0))
                .expectEvents(new CapacityDeclared(capacity, 0, NOON));
        capacities
                .givenNoPriorActivity()
                .when(new DeclareCapacity(capacity, -1))
                .expectException(refused());
    }
}

package org.archipelago.domain.site;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.site.SiteCommand.StartNode;
import org.archipelago.contract.site.SiteCommand.StopNode;
import org.archipelago.contract.site.SiteEvent.NodeStarted;
import org.archipelago.contract.site.SiteEvent.NodeStopped;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SiteNodeTest {
    private final AggregateTestFixture<SiteNode> fixture = new AggregateTestFixture<>(SiteNode.class);
    private final StreamId node = NAMES.site("node");
    private final NodeStarted started = new NodeStarted(node, "1.0", "d1", NOON);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    @Test
    void everyStart_isRecorded() {
        fixture.givenNoPriorActivity().when(new StartNode(node, "1.0", "d1")).expectEvents(started);
        fixture.given(started).when(new StartNode(node, "1.0", "d1")).expectEvents(started);
    }

    @Test
    void stop_isRecordedOnce() {
        NodeStopped stopped = new NodeStopped(node, NOON);
        fixture.given(started).when(new StopNode(node)).expectEvents(stopped);
        fixture.given(started, stopped).when(new StopNode(node)).expectNoEvents();
    }
}

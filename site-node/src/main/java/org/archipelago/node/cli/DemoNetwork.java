package org.archipelago.node.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.archipelago.node.cli.NetworkOperations.SiteFacts;

/** Makes the sites of a demo one network. Every key was made by its own site; nothing is trusted but what stands in their directories. */
record DemoNetwork(NetworkOperations network, SiteOperations operations, List<Member> members) {
    /** @param address host:port at which it takes calls of the others */
    record Member(NodeAddress node, String address) {}

    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

    /** Each to each, as their people would by the files that they carry. Those who know each other as they are now stay as they are. */
    void introduce() {
        for (int one = 0; one < members.size(); one++) {
            for (int other = one + 1; other < members.size(); other++) {
                introduce(members.get(one), members.get(other));
            }
        }
    }

    private void introduce(Member one, Member other) {
        if (knows(one, other) && knows(other, one)) {
            return;
        }
        byte[] invitation = network.invite(one.node);
        network.accept(other.node, invitation, fingerprint(one.node))
                .reply()
                .ifPresent(reply -> network.accept(one.node, reply, fingerprint(other.node)));
    }

    private String fingerprint(NodeAddress node) {
        return network.initialise(node).fingerprint();
    }

    /** Where it takes calls now, too: the ports may be others than last time. */
    private boolean knows(Member one, Member other) {
        SiteFacts facts = network.initialise(other.node);
        return network.peers(one.node).stream()
                .anyMatch(peer ->
                        peer.site().equals(facts.siteId()) && peer.address().equals(other.address));
    }

    /** Waits until each finds all that the others hold, or the time is over. */
    void awaitCurrent(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!members.stream().map(Member::node).allMatch(this::isCurrent) && System.nanoTime() < end) {
            Thread.sleep(LOOK_AGAIN.toMillis());
        }
    }

    private boolean isCurrent(NodeAddress node) {
        Map<String, Object> facts = operations.status(node);
        return "true".equals(facts.get("searchAvailable"))
                && Stream.of("recordsNotYetSearchable", "copiesPending").allMatch(name -> "0".equals(facts.get(name)))
                && (members.size() == 1 || network.gaps(node).isEmpty());
    }
}

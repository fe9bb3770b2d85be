package org.archipelago.node.association;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SendLengthTest {
    @Test
    void announcedLength_isUsedUpToOurOwnAndEven() {
        AssociationLimits limits = AssociationLimits.DEFAULTS.withPduLengths(4096, 65_537);
        assertThat(SendLength.of(0, limits)).isEqualTo(65_536);
        assertThat(SendLength.of(0xFFFF_FFFFL, limits)).isEqualTo(65_536);
        assertThat(SendLength.of(16_383, limits)).isEqualTo(16_382);
        assertThat(SendLength.of(16_384, limits)).isEqualTo(16_384);
        assertThat(SendLength.of(65, limits)).isEqualTo(64);
    }
}

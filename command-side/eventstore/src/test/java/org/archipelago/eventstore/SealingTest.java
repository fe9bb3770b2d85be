package org.archipelago.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyPolicy;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.keystore.Key;
import org.junit.jupiter.api.Test;

class SealingTest {
    private static final StreamId STREAM = Records.stream("a");

    private final InMemoryKeyStore keys = new InMemoryKeyStore();

    private Sealing sealing(boolean withSuccessors) {
        KeyPolicy policy = new KeyPolicy() {
            @Override
            public KeyRef keyFor(StreamId stream, Object firstEvent) {
                return new KeyRef(KeyClass.AUDIT, stream);
            }

            @Override
            public Optional<KeyRef> successor(StreamId stream, Object firstEvent, int generation) {
                return withSuccessors
                        ? Optional.of(new KeyRef(KeyClass.AUDIT, new StreamId(stream + "-" + generation)))
                        : Optional.empty();
            }
        };
        return new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.NONE), keys, policy, new SecureRandom());
    }

    @Test
    void destroyedKey_isFollowedByItsSuccessors() {
        Sealing sealing = sealing(true);
        Key first = sealing.firstKey(STREAM, "event");
        keys.destroy(List.of(first.id()));
        Key second = sealing.firstKey(STREAM, "event");
        keys.destroy(List.of(second.id()));
        Key third = sealing.firstKey(STREAM, "event");
        assertThat(third.id()).isNotEqualTo(first.id()).isNotEqualTo(second.id());
        assertThat(sealing.firstKey(STREAM, "event").id()).isEqualTo(third.id());
    }

    @Test
    void destroyedKeyWithoutSuccessor_isRefusedAsErased() {
        Sealing sealing = sealing(false);
        keys.destroy(List.of(sealing.firstKey(STREAM, "event").id()));
        assertThatThrownBy(() -> sealing.firstKey(STREAM, "event"))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.ERASED));
    }
}

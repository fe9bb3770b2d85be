package org.archipelago.eventstore.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.ArchiveCbor;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.OpenedBody;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/** A golden record as a program with these bodies reads it. */
final class GoldenReading {
    private static final EventBodies KNOWS_NOTHING = new EventBodies(new EventTypes(List.of()), UpcasterChain.NONE);

    private final EventBodies bodies;
    private final GoldenRecords.Golden golden;
    private final LogRecord record;
    private final OpenedBody opened;

    GoldenReading(EventBodies bodies, GoldenRecords.Golden golden) {
        this.bodies = bodies;
        this.golden = golden;
        this.record = golden.record();
        this.opened = sealing(bodies, golden).open(record);
    }

    String id() {
        return record.header().id().toString();
    }

    Object payload() {
        return opened.payload();
    }

    boolean isUpcast() {
        return bodies.types().named(golden.type()).orElseThrow().version()
                > record.header().typeVersion();
    }

    /**
     * What is frozen is checked by what is in the frozen file alone. What this program makes of it: as long as the type's
     * version is the record's, the event has the very bytes that were stored; else what is expected beside the file.
     */
    void check(Map<String, String> upcast) {
        assertThat(RecordFormat.encode(record.header())).isEqualTo(golden.header());
        assertThat(record.header().type()).isEqualTo(golden.type());
        byte[] stored = stored();
        assertThat(Digest.sha256(stored)).isEqualTo(golden.content());
        assertThat(opened.payload()).as(golden.type() + " " + id()).isNotInstanceOf(UnknownRecord.class);
        assertThat(bodies.types().of(opened.payload()).name()).isEqualTo(golden.type());
        if (isUpcast()) {
            assertThat(upcast)
                    .as(
                            "what %s of version %d becomes",
                            golden.type(), record.header().typeVersion())
                    .containsEntry(id(), json());
        } else {
            assertThat(today()).as(golden.type() + " " + id()).isEqualTo(stored);
        }
    }

    private byte[] stored() {
        OpenedBody unread = sealing(KNOWS_NOTHING, golden).open(record);
        return ((UnknownRecord) unread.payload()).content();
    }

    private byte[] today() {
        return bodies.toCbor(record.header().stream(), opened.payload(), opened.metadata());
    }

    String json() {
        try {
            return ArchiveCbor.mapper().readTree(today()).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Sealing sealing(EventBodies bodies, GoldenRecords.Golden golden) {
        return new Sealing(
                bodies,
                new OneKey(new Key(golden.key())),
                (stream, _) -> new KeyRef(KeyClass.INDEX, stream),
                new SecureRandom());
    }

    private record OneKey(Key key) implements KeyStore {
        @Override
        public List<Key> obtainAll(List<KeyRef> uses) {
            return List.of(key);
        }

        @Override
        public void adopt(Map<KeyRef, Key> keys) {
            throw new UnsupportedOperationException("one key");
        }

        @Override
        public Optional<Key> find(KeyRef use) {
            return Optional.of(key);
        }

        @Override
        public Optional<Key> find(KeyId id) {
            return id.equals(key.id()) ? Optional.of(key) : Optional.empty();
        }

        @Override
        public boolean isDestroyed(KeyId id) {
            return false;
        }

        @Override
        public boolean isDestroyed(KeyRef use) {
            return false;
        }

        @Override
        public void destroy(Collection<KeyId> ids) {}

        @Override
        public void close() {}
    }
}

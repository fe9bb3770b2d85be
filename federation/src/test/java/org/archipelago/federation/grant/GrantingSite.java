package org.archipelago.federation.grant;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyPolicy;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.Key;

/** A site whose records arrive in another's log, as it likes to write them. */
final class GrantingSite implements AutoCloseable {
    private static final Instant AT = Instant.parse("2026-11-29T15:00:00Z");

    final SiteId site;
    final FileKeyStore keys;
    final StreamId grants;

    private final Sealing sealing;
    private final EventLog arrivingAt;
    private final Map<StreamId, Long> revisions = new HashMap<>();
    private long position;

    GrantingSite(SiteId site, Path directory, EventLog arrivingAt) throws IOException {
        this.site = site;
        this.keys = FileKeyStore.open(directory.resolve("keys"), directory.resolve("master.key"));
        this.grants = stream("grant");
        this.sealing = sealing(keys, grants);
        this.arrivingAt = arrivingAt;
    }

    static Sealing sealing(FileKeyStore keys, StreamId grants) {
        KeyPolicy policy = (stream, event) -> new KeyRef(
                event instanceof KeyGranted ? KeyClass.GRANT : KeyClass.INDEX,
                event instanceof KeyGranted ? grants : stream);
        return new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.released()), keys, policy, new SecureRandom());
    }

    StreamId stream(String kind) {
        return new StreamId(
                site + "/" + kind + "/" + UUID.randomUUID().toString().replace("-", ""));
    }

    /** A study that is on record. */
    StreamId study() {
        StreamId stream = stream("study");
        write(
                stream,
                new StudyRegistered(
                        new StudyCopyId(stream),
                        new StudyInstanceUid("1.2.3"),
                        Optional.empty(),
                        keys.obtain(new KeyRef(KeyClass.PIXEL, stream)).id(),
                        AttributeSet.EMPTY,
                        AT));
        return stream;
    }

    private void write(StreamId stream, Object event) {
        long revision = revisions.merge(stream, 1L, Long::sum) - 1;
        arrivingAt
                .appendReplica(
                        site,
                        new OriginPosition(position++),
                        List.of(sealing.seal(
                                new RecordId(UUID.randomUUID()),
                                stream,
                                new Revision(revision),
                                AT,
                                sealing.firstKey(stream, event),
                                event,
                                Map.of())))
                .join();
    }

    /** What the site would grant in good faith. */
    KeyGranted grant(SiteId peer, RecipientKey recipient, KeyRef... uses) {
        List<KeyRef> all = List.of(uses);
        List<Key> made = keys.obtainAll(all);
        return granted(peer, recipient, all, new KeyEnvelope(site, peer, all).seal(made, recipient));
    }

    KeyGranted granted(SiteId peer, RecipientKey recipient, List<KeyRef> uses, SealedKeys sealed) {
        return new KeyGranted(grants, peer, recipient.id(), uses, sealed, "member", Optional.empty(), AT);
    }

    void write(KeyGranted grant) {
        write(grants, grant);
    }

    HandedKeys handed(SiteId peer, RecipientKey recipient, KeyRef... more) {
        KeyRef own = new KeyRef(KeyClass.GRANT, grants);
        List<KeyRef> all = Stream.concat(Stream.of(own), Stream.of(more)).toList();
        return new HandedKeys(all, new KeyEnvelope(site, peer, all).seal(keys.obtainAll(all), recipient));
    }

    @Override
    public void close() {
        keys.close();
    }
}

package org.archipelago.node.federation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.archipelago.contract.Actor;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.federation.GrantCommand;
import org.archipelago.contract.federation.GrantCommand.GrantKeys;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.PeerCommand;
import org.archipelago.contract.federation.PeerCommand.AcceptPeer;
import org.archipelago.contract.federation.PeerCommand.InvitePeer;
import org.archipelago.contract.federation.PeerCommand.RemovePeer;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.domain.ArchiveKeyPolicy;
import org.archipelago.domain.federation.Members;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.Key;

/** A site's log, keystore and members; what its aggregates would record is recorded at once. */
final class OwnSite implements AutoCloseable {
    static final SiteId SITE = new SiteId(new UUID(1, 1));
    private static final Instant AT = Instant.parse("2026-11-29T15:00:00Z");
    private static final Actor BY = Actor.node("test");

    final StreamNames names = new StreamNames(SITE, new byte[StreamNames.SECRET_LENGTH_BYTES]);
    final RocksEventLog log;
    final TroubledLog troubled;
    final Peers peers;
    final List<GrantKeys> granted = new ArrayList<>();
    /** Hears of each grant before it is recorded. */
    Consumer<GrantKeys> beforeGrant = _ -> {};

    FileKeyStore keys;
    Sealing sealing;

    private final Path directory;
    private final Map<SiteId, String> members = new LinkedHashMap<>();
    private final Map<SiteId, SiteIdentity> identities = new LinkedHashMap<>();
    private final Map<StreamId, GrantKeys> last = new LinkedHashMap<>();
    private final Map<StreamId, Long> revisions = new LinkedHashMap<>();

    OwnSite(Path directory) throws IOException {
        this.directory = directory;
        log = RocksEventLog.create(
                directory.resolve("log"),
                SITE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        troubled = new TroubledLog(log);
        keysFrom("keys");
        peers = new Peers(
                new Peers.Own(
                        identity(SITE),
                        "north",
                        Digest.sha256(new byte[] {1}),
                        RecipientKeyPair.generate().publicKey(),
                        Optional.empty()),
                names.site("peers"),
                this::send,
                () -> new Members(members, Set.of()),
                Clock.systemUTC());
    }

    void keysFrom(String name) throws IOException {
        keys = FileKeyStore.open(directory.resolve(name), directory.resolve(name + ".master"));
        sealing = new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.released()),
                keys,
                new ArchiveKeyPolicy(names),
                new SecureRandom());
    }

    /** As the keystore is now. */
    void backUpKeys(String name) throws IOException {
        keys.export(directory.resolve(name), directory.resolve(name + ".master"));
    }

    KeyGranter granter() {
        return granter(new KeyGranter.Policy(true, true, true));
    }

    KeyGranter granter(KeyGranter.Policy policy) {
        return new KeyGranter(troubled.log, sealing, keys, names, peers, this::send, policy);
    }

    private SiteIdentity identity(SiteId site) throws IOException {
        SiteIdentity known = identities.get(site);
        if (known == null) {
            known = SiteIdentity.create(Files.createTempDirectory(directory, "identity"), site, new SecureRandom());
            identities.put(site, known);
        }
        return known;
    }

    void accept(SiteId site, RecipientKey recipient) throws IOException {
        SiteIdentity identity = identity(site);
        SiteDescriptor descriptor = new SiteDescriptor(
                identity.verifierKey(),
                "member",
                Digest.sha256(site.toString().getBytes(StandardCharsets.US_ASCII)),
                recipient,
                AT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        peers.accept(descriptor.signedBy(identity).toBytes(), identity.fingerprint(), BY);
    }

    void remove(SiteId site) {
        peers.remove(site, "contract ended", BY);
    }

    private void send(PeerCommand command) {
        switch (command) {
            case InvitePeer _ -> throw new AssertionError("nobody is invited");
            case AcceptPeer accept -> members.put(accept.peer(), accept.descriptor());
            case RemovePeer remove -> members.remove(remove.peer());
        }
    }

    private void send(GrantCommand command) {
        GrantKeys grant = (GrantKeys) command;
        beforeGrant.accept(grant);
        GrantKeys before = last.get(grant.stream());
        boolean isNew =
                before == null || !before.recipient().equals(grant.recipient()) || through(before) < through(grant);
        if (isNew) {
            last.put(grant.stream(), grant);
            record(
                    grant.stream(),
                    new KeyGranted(
                            grant.stream(),
                            grant.peer(),
                            grant.recipient(),
                            grant.keys(),
                            grant.sealed(),
                            grant.reason(),
                            grant.through(),
                            AT));
            granted.add(grant);
        }
    }

    /** A single grant that was asked for stands for itself. */
    private static long through(GrantKeys grant) {
        return grant.through().map(OriginPosition::value).orElse(0L);
    }

    /** What a member was granted with a key pair; a key as often as it was. */
    List<StreamId> grantedTo(SiteId site, RecipientKey recipient) {
        return granted.stream()
                .filter(grant -> grant.peer().equals(site) && grant.recipient().equals(recipient.id()))
                .flatMap(grant -> grant.keys().stream())
                .map(KeyRef::subject)
                .toList();
    }

    /** New studies that are on record. */
    List<StreamId> studies(int number) {
        List<StreamId> studies = new ArrayList<>();
        List<PendingRecord> pending = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            StudyInstanceUid uid = new StudyInstanceUid("1.2." + revisions.size());
            StreamId stream = names.study(uid).stream();
            studies.add(stream);
            pending.add(pending(
                    stream,
                    new StudyRegistered(
                            new StudyCopyId(stream),
                            uid,
                            Optional.empty(),
                            keys.obtain(new KeyRef(KeyClass.PIXEL, stream)).id(),
                            AttributeSet.EMPTY,
                            AT)));
        }
        log.append(pending).join();
        return studies;
    }

    private void record(StreamId stream, Object event) {
        log.append(List.of(pending(stream, event))).join();
    }

    private PendingRecord pending(StreamId stream, Object event) {
        long revision = revisions.merge(stream, 1L, Long::sum) - 1;
        Key key = log.streamHead(stream)
                .map(head -> sealing.laterKey(head.key()))
                .orElseGet(() -> sealing.firstKey(stream, event));
        return new PendingRecord(
                sealing.seal(new RecordId(UUID.randomUUID()), stream, new Revision(revision), AT, key, event, Map.of()),
                List.of());
    }

    @Override
    public void close() {
        keys.close();
        log.close();
    }
}

package org.archipelago.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.ForeignBlobsOptions;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.PeerCommand;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.domain.federation.MembersReader;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.checkpoint.SigningState;
import org.archipelago.federation.checkpoint.SigningState.Reason;
import org.archipelago.federation.checkpoint.SigningState.Withheld;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.grant.KeyReceiver;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.identity.RecipientKeyFile;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.identity.SiteSecretFile;
import org.archipelago.federation.identity.TlsIdentity;
import org.archipelago.federation.member.PeerAddress;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.proof.Prover;
import org.archipelago.federation.recovery.ReturnableKeys;
import org.archipelago.federation.rejoin.Rejoin;
import org.archipelago.federation.rejoin.SigningFloor;
import org.archipelago.federation.replica.LogLinkService;
import org.archipelago.federation.replica.LogLinkService.BodyPolicy;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.federation.KeptDescriptors;
import org.archipelago.node.federation.KeyGranter;
import org.archipelago.node.federation.KeyReturner;
import org.archipelago.node.federation.KnownReplicas;
import org.archipelago.node.federation.OwnLogGate;
import org.archipelago.node.federation.PeerKeys;
import org.archipelago.node.federation.Peers;
import org.archipelago.node.federation.RecordProofs;
import org.archipelago.node.federation.Replication;
import org.archipelago.node.federation.Replication.Former;
import org.archipelago.node.federation.Replication.Standing;
import org.archipelago.node.federation.copies.HeldBlobs;
import org.archipelago.node.federation.link.HttpPeerLink;
import org.archipelago.node.federation.link.PeerServer;
import org.archipelago.node.federation.link.PeerTimes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who this site is to others, and what it signs of its log, put on top of the archive. */
final class SiteFederation implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SiteFederation.class);

    private static final String RECIPIENT_IS_NEW =
            "A new one was made: members grant this site nothing it can open until they have accepted a new descriptor of it; if there is"
                    + " a backup of the former one, stop the node and put it back.";

    private static final Duration LEAST_PATIENCE = Duration.ofSeconds(10);

    private static final String ISSUER_IS_MISSING = "site.defaultIssuer is " + IssuerDomain.UNNAMED
            + ", the same as at every site that was given none: set it to the issuer of this site's own Patient IDs";

    private static final String RESTORED_SENTENCE =
            "from a backup, and no member has confirmed yet that this log is the last one that it has seen. If no other site follows this"
                    + " one: stop the node, and 'restore --unfollowed'";

    private final Archive archive;
    private final SiteIdentity identity;
    private final TlsIdentity tls;
    private final RecipientKeyPair recipient;
    private final Peers peers;
    private final Checkpoints checkpoints;
    private final SigningFloor floor;
    private final RecordProofs proofs;
    private final Configuration.Federation configured;
    private final ForeignBlobs foreignBlobs;
    private final ForeignBlobs keptBlobs;
    private final PeerTimes times;
    private final Clock clock;
    private final KeyGranter granter;
    private final KeyReturner returner;
    private volatile Consumer<Collection<StreamId>> readable = _ -> {};
    private volatile Function<SiteId, Optional<StreamId>> grants = _ -> Optional.empty();
    private volatile boolean restored;
    private boolean recipientIsNew;
    private Optional<PeerKeys> keys = Optional.empty();
    private Optional<Replication> replication = Optional.empty();
    private Optional<PeerServer> server = Optional.empty();

    private SiteFederation(
            Archive archive,
            Configuration.Federation configured,
            SiteIdentity identity,
            TlsIdentity tls,
            RecipientKeyPair recipient,
            Peers peers,
            Checkpoints checkpoints,
            SigningFloor floor,
            ForeignBlobs foreignBlobs,
            ForeignBlobs keptBlobs,
            PeerTimes times,
            Clock clock) {
        this.times = times;
        this.foreignBlobs = foreignBlobs;
        this.keptBlobs = keptBlobs;
        this.archive = archive;
        this.configured = configured;
        this.clock = clock;
        this.identity = identity;
        this.tls = tls;
        this.recipient = recipient;
        this.granter = new KeyGranter(
                archive.log(),
                archive.sealing(),
                archive.keys(),
                archive.names(),
                peers,
                archive.commands()::send,
                new KeyGranter.Policy(
                        configured.grantIndexKeys(),
                        configured.releasePixelKeys(),
                        configured.copies().openAtHolders()));
        this.returner = new KeyReturner(
                new ReturnableKeys(archive.log(), archive.keys(), origin -> grants.apply(origin)),
                archive.names(),
                peers,
                archive.commands()::send);
        this.peers = peers;
        this.checkpoints = checkpoints;
        this.floor = floor;
        this.restored = isRestored(archive.directory());
        this.proofs =
                new RecordProofs(archive.log(), archive.names(), new Prover(archive.log(), identity, checkpoints));
    }

    /** As below, for who measures no clocks. */
    static SiteFederation open(Archive archive, Configuration configuration, Clock clock) throws IOException {
        return open(archive, configuration, PeerTimes.IGNORED, clock);
    }

    /**
     * Makes the keys of a site that has none and has signed nothing. Follows nothing yet.
     *
     * @param times told what the clocks of members are that are followed
     * @throws ConfigurationException the keys are not there, are another site's, or others may read them
     */
    static SiteFederation open(Archive archive, Configuration configuration, PeerTimes times, Clock clock)
            throws IOException {
        SiteIdentity identity = identity(archive.directory());
        TlsIdentity tls = tls(archive.directory(), clock);
        boolean isNewRecipient = !RecipientKeyFile.exists(archive.directory().identity());
        RecipientKeyPair recipient = recipient(archive.directory());
        Peers peers = peers(archive, configuration, identity, tls, recipient, clock);
        Checkpoints checkpoints = Checkpoints.open(
                archive.directory().checkpoints(),
                archive.log(),
                identity,
                Duration.ofMillis(configuration.federation().checkpointIntervalMs()));
        SigningFloor floor = SigningFloor.open(archive.directory().signingFloor(), identity.verifierKey());
        if (isToBeConfirmed(archive.directory(), configuration.federation(), peers) || isBelow(floor, checkpoints)) {
            checkpoints.withholdFor(Reason.NOT_CONFIRMED);
        }
        ForeignBlobs foreignBlobs = ForeignBlobs.open(
                archive.directory().foreignBlobs(),
                ForeignBlobsOptions.cache(
                        configuration.federation().cachedBlobsBytes(),
                        2 * configuration.blobs().lowWaterMarkBytes()),
                clock);
        ForeignBlobs keptBlobs = ForeignBlobs.open(
                archive.directory().keptBlobs(),
                ForeignBlobsOptions.kept(
                        configuration.federation().copies().capacityBytes(),
                        2 * configuration.blobs().lowWaterMarkBytes()),
                clock);
        SiteFederation federation = new SiteFederation(
                archive,
                configuration.federation(),
                identity,
                tls,
                recipient,
                peers,
                checkpoints,
                floor,
                foreignBlobs,
                keptBlobs,
                times,
                clock);
        federation.recipientIsNew = isNewRecipient && !peers.members().isEmpty();
        federation.keepDescriptors();
        peers.whenChanged(federation::keepDescriptors);
        if (federation.recipientIsNew) {
            LOG.warn("recipient.key was not there. {}", RECIPIENT_IS_NEW);
        }
        return federation;
    }

    /** Without them the site can still be brought back by a peer's descriptor that a person has. */
    private void keepDescriptors() {
        try {
            new KeptDescriptors(archive.directory().identity()).keep(peers.notes());
        } catch (IOException e) {
            LOG.error("the descriptors of members are not kept with this site's identity", e);
        }
    }

    /**
     * Whether peers may have seen more of this site's log than is here. Who takes no calls has shown it to nobody, so nobody could
     * confirm it either.
     */
    private static boolean mayBeOlder(Configuration.Federation configured, Peers peers) {
        return configured.takesCalls() && !peers.members().isEmpty();
    }

    /** One that was restored from a backup signs freely only if nothing says that anybody ever had its log. */
    private static boolean isToBeConfirmed(DataDirectory directory, Configuration.Federation configured, Peers peers) {
        boolean mayBeFollowed =
                configured.takesCalls() || !peers.members().isEmpty() || Files.exists(directory.followed());
        return mayBeOlder(configured, peers) || (isRestored(directory) && mayBeFollowed);
    }

    private static boolean isRestored(DataDirectory directory) {
        return Files.exists(directory.restoredFromBackup());
    }

    /** Whether somebody has shown more of this site's log than it knows to have signed, or has still to show what it has seen. */
    private static boolean isBelow(SigningFloor floor, Checkpoints checkpoints) {
        long signed = checkpoints.latest().map(SignedCheckpoint::size).orElse(0L);
        return floor.size() > signed || !floor.awaited().isEmpty();
    }

    /** As {@link #open} says. A key that is lost is not made anew: others would take its site for an impostor. */
    static SiteIdentity identity(DataDirectory directory) throws IOException {
        Path keys = directory.identity();
        try {
            boolean isNew = !SiteIdentity.exists(keys) && !Files.exists(directory.lastCheckpoint());
            return isNew
                    ? SiteIdentity.create(keys, directory.site(), new SecureRandom())
                    : SiteIdentity.open(keys, directory.site());
        } catch (ArchiveException e) {
            throw new ConfigurationException("This site's identity cannot be used: " + e.subject(), e);
        }
    }

    /** One that is lost is made anew: others take it once they have accepted a new descriptor. */
    static TlsIdentity tls(DataDirectory directory, Clock clock) throws IOException {
        Path keys = directory.identity();
        try {
            return TlsIdentity.exists(keys)
                    ? TlsIdentity.open(keys, directory.site())
                    : TlsIdentity.create(keys, directory.site(), clock.instant(), new SecureRandom());
        } catch (ArchiveException e) {
            throw new ConfigurationException("This site's TLS key cannot be used: " + e.subject(), e);
        }
    }

    /** One that is lost is made anew: others grant all again once they have accepted a new descriptor. */
    static RecipientKeyPair recipient(DataDirectory directory) throws IOException {
        Path keys = directory.identity();
        try {
            return RecipientKeyFile.exists(keys)
                    ? RecipientKeyFile.open(keys, directory.site())
                    : RecipientKeyFile.create(keys, directory.site());
        } catch (ArchiveException e) {
            throw new ConfigurationException("This site's recipient key cannot be used: " + e.subject(), e);
        }
    }

    /** Of a site that has no keys yet: what names its streams, so that a copy of its identity is whole from the beginning. */
    static void secret(DataDirectory directory) throws IOException {
        if (!SiteSecretFile.exists(directory.identity()) && !FileKeyStore.exists(directory.keys())) {
            byte[] secret = new byte[SiteSecretFile.LENGTH_BYTES];
            new SecureRandom().nextBytes(secret);
            SiteSecretFile.create(directory.identity(), directory.site(), secret);
        }
    }

    private static Peers peers(
            Archive archive,
            Configuration configuration,
            SiteIdentity identity,
            TlsIdentity tls,
            RecipientKeyPair recipient,
            Clock clock) {
        StreamId stream = archive.names().site("peers");
        return new Peers(
                new Peers.Own(
                        identity,
                        configuration.site().label(),
                        tls.pin(),
                        recipient.publicKey(),
                        configuration.federation().toldAddress().map(PeerAddress::parse)),
                stream,
                command -> {
                    if (!(command instanceof PeerCommand.RemovePeer)) {
                        requireIssuer(configuration);
                    }
                    archive.commands().send(command);
                },
                () -> MembersReader.read(archive.events(), stream),
                clock);
    }

    private static void requireIssuer(Configuration configuration) {
        if (IssuerDomain.isUnnamed(configuration.site().defaultIssuer())) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, ISSUER_IS_MISSING);
        }
    }

    /** @throws ConfigurationException it has members, and no issuer of its own */
    void requireIssuerBesideMembers(Configuration configuration) {
        if (!peers.members().isEmpty()
                && IssuerDomain.isUnnamed(configuration.site().defaultIssuer())) {
            throw new ConfigurationException("This site has members, and " + ISSUER_IS_MISSING);
        }
    }

    Peers peers() {
        return peers;
    }

    /** Told from now on of other sites' streams that can be opened since their keys have come. */
    void whenReadable(Consumer<Collection<StreamId>> task) {
        readable = task;
    }

    /** From now on signs, takes calls and follows members. */
    void start() throws IOException {
        Optional<Rejoin> rejoin = isToBeConfirmed(archive.directory(), configured, peers) || isBelow(floor, checkpoints)
                ? Optional.of(new Rejoin(archive.log(), checkpoints, identity.verifierKey(), archive::pending, floor))
                : Optional.empty();
        Replication following = new Replication(
                archive.log(),
                identity,
                peers,
                this::link,
                archive.directory().replicas(),
                rejoin,
                this::confirmed,
                archive.reserve()::leavesRoomForOthers,
                patience(configured.checkpointIntervalMs()),
                clock);
        replication = Optional.of(following);
        KeyReceiver receiver = new KeyReceiver(
                archive.log(),
                archive.sealing(),
                archive.keys(),
                recipient,
                archive.directory().granted(),
                () -> peers.members().stream().map(SiteDescriptor::site).toList(),
                following.refusals(),
                streams -> readable.accept(streams));
        grants = receiver::grants;
        checkpoints.start();
        if (configured.takesCalls()) {
            server = Optional.of(PeerServer.start(
                    configured.address(),
                    configured.port(),
                    tls,
                    pin -> peers.withPin(pin).map(SiteDescriptor::site),
                    new OwnLogGate(
                            new LogLinkService(
                                    archive.log(), checkpoints, following::replicas, BodyPolicy.ALL, granter, returner),
                            identity.site(),
                            caller -> !restored
                                    || rejoin.filter(one -> one.agreesWith(caller))
                                            .isPresent(),
                            archive.directory().followed()),
                    new HeldBlobs(identity.site(), archive.blobs(), keptBlobs, foreignBlobs),
                    clock));
        }
        following.start();
        PeerKeys asking = new PeerKeys(archive.log(), peers, following::link, receiver);
        keys = Optional.of(asking);
        archive.commands()
                .first(new KnownReplicas(
                        following::replicas, archive.names(), archive.commands()::send, System::nanoTime)::record);
        asking.start();
        granter.start();
    }

    /** A few intervals between checkpoints, which are alike at all sites, and a few of a member's answers. */
    private static Duration patience(long checkpointIntervalMs) {
        return Duration.ofMillis(Math.max(LEAST_PATIENCE.toMillis(), 5 * checkpointIntervalMs));
    }

    /** By a member: this log is the last one that it has seen. */
    private void confirmed() {
        try {
            DurableFile.delete(archive.directory().restoredFromBackup());
            restored = false;
        } catch (IOException e) {
            LOG.error("it could not be noted that a member has confirmed this site's log", e);
        }
        checkpoints.advance();
    }

    ForeignBlobs foreignBlobs() {
        return foreignBlobs;
    }

    ForeignBlobs keptBlobs() {
        return keptBlobs;
    }

    /** As {@link KeyGranter#releaseToHolder} says. */
    void releaseToHolder(StreamId study, SiteId holder) {
        granter.releaseToHolder(study, holder);
    }

    /** The other sites whose records are here: members, and those that were. */
    Set<SiteId> origins() {
        return replication.map(following -> following.replicas().keySet()).orElse(Set.of());
    }

    /** As {@link Replication#hasCaughtUp} says. */
    boolean hasCaughtUp() {
        return replication.map(Replication::hasCaughtUp).orElse(false);
    }

    /** As {@link PeerKeys#obtainPixelKey} says. */
    void obtainPixelKey(StreamId study) {
        keys.orElseThrow(() -> new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "site " + study.origin()))
                .obtainPixelKey(study);
    }

    HttpPeerLink link(SiteDescriptor member) {
        return new HttpPeerLink(member.site(), member.address().orElseThrow(), member.tls(), tls, times, clock);
    }

    RecipientKeyPair recipient() {
        return recipient;
    }

    SigningFloor floor() {
        return floor;
    }

    SiteIdentity identity() {
        return identity;
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    RecordProofs proofs() {
        return proofs;
    }

    void gauges(NodeMetrics metrics) {
        metrics.gauge("archipelago.checkpoint.records", "Records that the last checkpoint covers", this::signed);
        metrics.gauge("archipelago.checkpoint.behind.records", "Own records that it does not cover", this::unsigned);
        metrics.gauge(
                "archipelago.peers",
                "Members besides this site",
                () -> peers.members().size());
        metrics.gauge(
                "archipelago.peers.unreachable",
                "Members whose nodes did not answer last",
                () -> standings().stream().filter(one -> !one.reachable()).count());
        metrics.gauge(
                "archipelago.replicas.behind.records",
                "Records that members have signed and that are not here",
                () -> standings().stream().mapToLong(Standing::behindRecords).sum());
        metrics.gauge(
                "archipelago.replicas.unsigned.records",
                "Records that members have and do not sign, so that they are not here",
                () -> standings().stream().mapToLong(Standing::unsignedRecords).sum());
        metrics.gauge(
                "archipelago.replicas.stopped",
                "Members whose logs are followed no more",
                () -> standings().stream()
                        .filter(one -> !one.problem().isEmpty())
                        .count());
        metrics.gauge(
                "archipelago.replication.refused",
                "Answers of peers that were not believed, since the start",
                () -> replication.map(Replication::refused).orElse(0L));
        metrics.gauge(
                "archipelago.keys.granted", "Keys that other sites were granted, since the start", granter::granted);
        metrics.gauge(
                "archipelago.keys.returned",
                "Keys of their own that other sites were given back, since the start",
                returner::returned);
        metrics.gauge(
                "archipelago.keys.taken.in", "Keys that other sites granted this one, since the start", this::takenIn);
        for (Reason reason : Reason.values()) {
            metrics.gauge(
                    "archipelago.checkpoint.withheld",
                    "1 for the reason why no checkpoint is signed",
                    Map.entry("reason", reason.name().toLowerCase(Locale.ROOT)),
                    () -> checkpoints.state() instanceof Withheld withheld && withheld.reason() == reason ? 1 : 0);
        }
    }

    Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("fingerprint", identity.fingerprint().toString());
        facts.put("peers", Integer.toString(peers.members().size()));
        for (Standing one : standings()) {
            facts.put(
                    "peer " + one.member().label(),
                    (one.reachable() ? "answers" : "does not answer") + ", " + one.records() + " records here, "
                            + one.behindRecords() + " behind"
                            + (one.unsignedRecords() == 0 ? "" : ", " + one.unsignedRecords() + " not signed yet")
                            + (one.problem().isEmpty() ? "" : "; " + one.problem()));
        }
        for (Former one : former()) {
            facts.put("former peer " + one.site().label(), "no member any more, " + one.records() + " records here");
        }
        facts.put("keysGranted", Long.toString(granter.granted()));
        if (!granter.withheld().isEmpty()) {
            facts.put(
                    "keysNotGrantedTo",
                    granter.withheld().stream().map(site -> label(site, "")).collect(Collectors.joining(", "))
                            + "; see the log");
        }
        if (recipientIsNew) {
            facts.put("recipientKey", RECIPIENT_IS_NEW);
        }
        if (restored) {
            facts.put("restored", RESTORED_SENTENCE);
        }
        facts.put("keysTakenIn", Long.toString(takenIn()));
        facts.put("recordsSigned", Long.toString(signed()));
        facts.put("recordsNotSigned", Long.toString(unsigned()));
        List<SiteId> awaited = floor.awaited();
        if (!awaited.isEmpty()) {
            facts.put(
                    "signingAwaits",
                    awaited.stream().map(member -> label(member, "this site")).collect(Collectors.joining(", ")));
        }
        facts.put(
                "signing",
                switch (checkpoints.state()) {
                    case SigningState.Signing _ -> "yes";
                    case Withheld withheld -> "no. " + withheld.sentence();
                });
        return facts;
    }

    List<Standing> standings() {
        return replication.map(Replication::standings).orElse(List.of());
    }

    List<Former> former() {
        return replication.map(Replication::former).orElse(List.of());
    }

    /** The other sites whose nodes answered last. */
    Set<SiteId> reachable() {
        return standings().stream()
                .filter(Standing::reachable)
                .map(one -> one.member().site())
                .collect(Collectors.toSet());
    }

    /** What people call a site: its label, or its id where it is neither this one nor a member, and never was. */
    String label(SiteId site, String own) {
        if (site.equals(identity.site())) {
            return own;
        }
        return peers.label(site).orElseGet(site::toString);
    }

    private long takenIn() {
        return keys.map(PeerKeys::takenIn).orElse(0L);
    }

    private long signed() {
        return checkpoints.latest().map(SignedCheckpoint::size).orElse(0L);
    }

    private long unsigned() {
        return Math.max(0, archive.log().originHead(identity.site()).value() + 1 - signed());
    }

    /** Signs what there is, so that a site that stops leaves nothing behind that others could not yet take. */
    @Override
    public void close() {
        granter.close();
        try {
            checkpoints.advance();
        } catch (ArchiveException e) {
            LOG.warn("the last records of this run are not signed yet: {}", e.getMessage());
        } finally {
            // Peers that wait get what was just signed.
            keys.ifPresent(PeerKeys::close);
            replication.ifPresent(Replication::close);
            server.ifPresent(PeerServer::close);
            checkpoints.close();
        }
    }
}

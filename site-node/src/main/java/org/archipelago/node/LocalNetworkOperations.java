package org.archipelago.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.proof.ProofFile;
import org.archipelago.federation.recovery.KeySources;
import org.archipelago.federation.recovery.RecoveredLog;
import org.archipelago.federation.recovery.RecoveryReport;
import org.archipelago.federation.rejoin.SigningFloor;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NetworkOperations;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.federation.Peers;
import org.archipelago.node.federation.RecordProofs;

/** By the API of a running node, or on the data directory of one that is stopped. */
final class LocalNetworkOperations implements NetworkOperations {
    private static final Actor COMMAND_LINE = Actor.node("command line");

    private final Clock clock;

    LocalNetworkOperations(Clock clock) {
        this.clock = clock;
    }

    @Override
    public SiteFacts initialise(NodeAddress node) {
        boolean there = Files.exists(node.data().resolve("site-id"))
                && SiteIdentity.exists(node.data().resolve("identity"));
        try (DataDirectory directory = there
                ? DataDirectory.inspect(node.data())
                : DataDirectory.open(node.data(), DataDirectory::randomIdentity)) {
            SiteIdentity identity = SiteFederation.identity(directory);
            SiteFederation.tls(directory, clock);
            SiteFederation.recipient(directory);
            SiteFederation.secret(directory);
            return new SiteFacts(
                    node.site(),
                    identity.site().toString(),
                    identity.fingerprint().toString(),
                    !there);
        } catch (IOException e) {
            throw new CommandFailure("The keys of the site cannot be made or read: " + e.getMessage());
        }
    }

    @Override
    public List<Proof> prove(NodeAddress node, Provable what, Progress progress) {
        Optional<List<Proof>> beside =
                LocalSiteOperations.ifRunning(node, api -> prove(new RunningProver(api), what, progress));
        return beside.orElseGet(() -> proveStopped(node, what, progress));
    }

    private List<Proof> proveStopped(NodeAddress node, Provable what, Progress progress) {
        Configuration configuration = Archipelago.configuration(node.configuration());
        try (Archive archive = Maintenance.offline(configuration, clock);
                SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
            return prove(new StoppedProver(federation.proofs()), what, progress);
        } catch (IOException e) {
            throw new CommandFailure("The archive cannot be read: " + e.getMessage());
        }
    }

    private static List<Proof> prove(Source source, Provable what, Progress progress) {
        return switch (what) {
            case Provable.Study study -> each(source.ofStudy(study.uid()), source::at, progress);
            case Provable.Record record -> List.of(source.of(record.id()));
            case Provable.Position position -> List.of(source.at(position.position()));
        };
    }

    private static List<Proof> each(List<Long> positions, LongFunction<Proof> prove, Progress progress) {
        progress.total(positions.size());
        List<Proof> proofs = new ArrayList<>();
        for (long position : positions) {
            proofs.add(prove.apply(position));
            progress.advance(1);
        }
        return proofs;
    }

    @Override
    public byte[] invite(NodeAddress node) {
        return onPeers(
                node,
                api -> bytes(api.asOperator().post("/api/peers/invitation").path("descriptor")),
                peers -> peers.invite(COMMAND_LINE));
    }

    @Override
    public AcceptedPeer accept(NodeAddress node, byte[] descriptor, String fingerprint) {
        return onPeers(
                node,
                api -> {
                    JsonNode answer =
                            api.asOperator().post("/api/peers?fingerprint=" + NodeApi.encoded(fingerprint), descriptor);
                    return new AcceptedPeer(
                            peer(answer),
                            answer.has("reply") ? Optional.of(bytes(answer.path("reply"))) : Optional.empty());
                },
                peers -> {
                    Peers.Accepted accepted =
                            peers.accept(descriptor, SiteFingerprint.parse(fingerprint), COMMAND_LINE);
                    return new AcceptedPeer(peer(accepted.peer()), accepted.reply());
                });
    }

    @Override
    public List<Peer> peers(NodeAddress node) {
        return onPeers(
                node,
                api -> {
                    List<Peer> peers = new ArrayList<>();
                    api.asOperator().get("/api/peers").forEach(peer -> peers.add(peer(peer)));
                    return peers;
                },
                peers -> peers.members().stream()
                        .map(LocalNetworkOperations::peer)
                        .toList());
    }

    @Override
    public List<String> gaps(NodeAddress node) {
        return LocalSiteOperations.onRunning(node, api -> {
            List<String> gaps = new ArrayList<>();
            api.get("/api/network")
                    .path("sites")
                    .forEach(site -> site.path("gaps")
                            .forEach(gap -> gaps.add(site.path("label").asText() + ": " + gap.asText())));
            return gaps;
        });
    }

    @Override
    public void remove(NodeAddress node, String siteId, String reason) {
        onPeers(
                node,
                api -> api.asOperator()
                        .delete("/api/peers/" + NodeApi.encoded(siteId) + "?reason=" + NodeApi.encoded(reason)),
                peers -> {
                    peers.remove(SiteId.parse(siteId), reason, COMMAND_LINE);
                    return siteId;
                });
    }

    @Override
    public RecoveredSite recover(NodeAddress node, RecoverySource source, Progress progress) {
        LocalSiteOperations.requireStopped(node, "recovery");
        Configuration configuration = Archipelago.configuration(node.configuration());
        try {
            RestoredIdentity identity = RestoredIdentity.read(
                    source.identity()
                            .or(() -> source.keys().map(keys -> keys.resolve("identity")))
                            .orElse(node.data().resolve("identity")),
                    source.keys().isPresent());
            List<SiteDescriptor> peers = new RecoveryPeers(identity.peers()).of(source.peers(), source.fingerprints());
            try (RecoveringSite site = RecoveringSite.open(
                            configuration, identity, source.keys().stream().toList());
                    PeerRestore restore = new PeerRestore(
                            site, peers, new RecoveryPeers(identity.peers()).ids(source.without()), progress, clock)) {
                return recovered(identity.site(), restore.run(), restore.sources());
            }
        } catch (ArchiveException e) {
            throw new CommandFailure("The site could not be brought back: " + e.error() + ", " + e.subject()
                    + ". What has come stays; run the same command again to go on.");
        } catch (IOException e) {
            throw new CommandFailure("The site could not be brought back: " + e.getMessage()
                    + ". What has come stays; run the same command again to go on.");
        }
    }

    @Override
    public void goWithout(NodeAddress node, List<String> members) {
        LocalSiteOperations.requireStopped(node, "going without a member");
        try (DataDirectory directory = DataDirectory.open(node.data(), DataDirectory::randomIdentity)) {
            RestoredIdentity identity = RestoredIdentity.read(directory.identity(), true);
            SigningFloor floor = SigningFloor.open(
                    directory.signingFloor(), identity.signing().verifierKey());
            new RecoveryPeers(identity.peers()).ids(members).forEach(floor::heard);
        } catch (IOException e) {
            throw new CommandFailure("It could not be noted: " + e.getMessage());
        }
    }

    @Override
    public void goUnfollowed(NodeAddress node) {
        LocalSiteOperations.requireStopped(node, "going on unfollowed");
        try (DataDirectory directory = DataDirectory.open(node.data(), DataDirectory::randomIdentity)) {
            DurableFile.delete(directory.restoredFromBackup());
            DurableFile.delete(directory.followed());
        } catch (IOException e) {
            throw new CommandFailure("It could not be noted: " + e.getMessage());
        }
    }

    @Override
    public boolean isLogRecovered(NodeAddress node) {
        return DataDirectory.isRecovered(node.data());
    }

    @Override
    public Optional<String> recoveryReport(NodeAddress node) {
        try (DataDirectory directory = DataDirectory.inspect(node.data())) {
            if (!Files.exists(directory.recoveryReport())) {
                return Optional.empty();
            }
            SiteIdentity identity = SiteFederation.identity(directory);
            return Optional.of(
                    RecoveryReport.verified(Files.readAllBytes(directory.recoveryReport()), identity.verifierKey()));
        } catch (IOException e) {
            throw new CommandFailure("The report of the recovery cannot be read: " + e.getMessage());
        }
    }

    private static RecoveredSite recovered(SiteId site, RecoveredLog log, KeySources sources) {
        Map<String, Map<String, Long>> keys = new TreeMap<>();
        sources.given().forEach((peer, classes) -> {
            Map<String, Long> byName = new TreeMap<>();
            classes.forEach((keyClass, number) -> byName.put(keyClass.name(), number));
            keys.put(peer.toString(), byName);
        });
        Map<String, Long> refused = new TreeMap<>();
        sources.refused().forEach((peer, number) -> refused.put(peer.toString(), number));
        return new RecoveredSite(
                site.toString(),
                log.size(),
                log.root().toString(),
                log.seenSize(),
                log.silent().stream().map(SiteId::toString).toList(),
                new TreeMap<>(log.closed()),
                keys,
                refused);
    }

    private <T> T onPeers(NodeAddress node, Function<NodeApi, T> running, Function<Peers, T> stopped) {
        return LocalSiteOperations.ifRunning(node, running).orElseGet(() -> {
            Configuration configuration = Archipelago.configuration(node.configuration());
            try (Archive archive = Maintenance.offline(configuration, clock);
                    SiteFederation federation = SiteFederation.open(archive, configuration, clock)) {
                return stopped.apply(federation.peers());
            } catch (IOException e) {
                throw new CommandFailure("The archive cannot be read: " + e.getMessage());
            }
        });
    }

    private static Peer peer(JsonNode peer) {
        return new Peer(
                peer.path("label").asText(),
                peer.path("site").asText(),
                peer.path("fingerprint").asText(),
                peer.path("address").asText(),
                peer.path("issued").asText());
    }

    private static Peer peer(SiteDescriptor peer) {
        return new Peer(
                peer.label(),
                peer.site().toString(),
                peer.fingerprint().toString(),
                peer.address().map(Object::toString).orElse(""),
                peer.issued().toString());
    }

    private static byte[] bytes(JsonNode text) {
        return text.asText().getBytes(StandardCharsets.UTF_8);
    }

    /** Where proofs come from. */
    private interface Source {
        List<Long> ofStudy(String uid);

        Proof of(String record);

        Proof at(long position);
    }

    private record StoppedProver(RecordProofs proofs) implements Source {
        @Override
        public List<Long> ofStudy(String uid) {
            return proofs.ofStudy(new StudyInstanceUid(uid)).stream()
                    .map(OriginPosition::value)
                    .toList();
        }

        @Override
        public Proof of(String record) {
            try {
                return proof(proofs.of(RecordId.parse(record)));
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(record + " is no record id.");
            }
        }

        @Override
        public Proof at(long position) {
            if (position < 0) {
                throw new CommandFailure("Positions are counted from 0.");
            }
            return proof(proofs.at(new OriginPosition(position)));
        }
    }

    private record RunningProver(NodeApi api) implements Source {
        @Override
        public List<Long> ofStudy(String uid) {
            List<Long> positions = new ArrayList<>();
            for (JsonNode record : api.get("/api/studies/" + NodeApi.encoded(uid) + "/proofs")) {
                positions.add(record.path("position").asLong());
            }
            return positions;
        }

        @Override
        public Proof of(String record) {
            return fetched("record=" + NodeApi.encoded(record));
        }

        @Override
        public Proof at(long position) {
            return fetched("position=" + position);
        }

        private Proof fetched(String question) {
            try (InputStream in = api.open("/api/proof?" + question)) {
                return proof(ProofFile.parse(in.readNBytes(ProofFile.MAX_LENGTH_BYTES + 1)));
            } catch (IOException e) {
                throw new CommandFailure("The node refuses: " + e.getMessage());
            }
        }
    }

    private static Proof proof(ProofFile file) {
        return new Proof(file.inclusion().index(), file.toBytes());
    }
}

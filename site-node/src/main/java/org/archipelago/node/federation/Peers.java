package org.archipelago.node.federation;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.PeerCommand;
import org.archipelago.contract.federation.PeerCommand.AcceptPeer;
import org.archipelago.contract.federation.PeerCommand.InvitePeer;
import org.archipelago.contract.federation.PeerCommand.RemovePeer;
import org.archipelago.contract.log.StreamId;
import org.archipelago.domain.federation.Members;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.member.PeerAddress;
import org.archipelago.federation.member.SiteDescriptor;

/**
 * The members of this site's network, and the descriptors by which they become so. Knows at once what was decided here, since only
 * this node writes to its site's stream. Thread-safe.
 */
public final class Peers {
    /** Sends a command; on return what it records is durable. */
    public interface Commands {
        void send(PeerCommand command);
    }

    /**
     * Who this site is.
     *
     * @param tls what its connections show
     * @param recipient what others seal keys to it with
     * @param address where it takes calls; empty when it takes none
     */
    public record Own(
            SiteIdentity identity, String label, Digest tls, RecipientKey recipient, Optional<PeerAddress> address) {}

    /** @param reply for the other site to accept in turn; empty when this was such a reply */
    public record Accepted(SiteDescriptor peer, Optional<byte[]> reply) {}

    private final Own own;
    private final StreamId stream;
    private final Commands commands;
    private final Supplier<Members> read;
    private final Clock clock;
    private volatile Map<SiteId, SiteDescriptor> members = Map.of();
    private volatile Map<SiteId, SiteDescriptor> former = Map.of();
    private volatile Map<SiteId, String> notes = Map.of();
    private final List<Runnable> changed = new CopyOnWriteArrayList<>();

    /** @param read the members as of all that was recorded */
    public Peers(Own own, StreamId stream, Commands commands, Supplier<Members> read, Clock clock) {
        this.own = own;
        this.stream = stream;
        this.commands = commands;
        this.read = read;
        this.clock = clock;
        refresh();
    }

    /** From the log: also when it was added to by other ways than these. */
    public synchronized void refresh() {
        Members recorded = read.get();
        notes = recorded.descriptors();
        members = parsed(notes);
        former = parsed(recorded.former());
        changed.forEach(Runnable::run);
    }

    private static Map<SiteId, SiteDescriptor> parsed(Map<SiteId, String> notes) {
        Map<SiteId, SiteDescriptor> parsed = new LinkedHashMap<>();
        notes.forEach((site, note) -> parsed.put(site, SiteDescriptor.parse(bytes(note))));
        return Map.copyOf(parsed);
    }

    /** Told from now on when members were accepted or removed. */
    public void whenChanged(Runnable task) {
        changed.add(task);
    }

    /** The signed notes of the members. */
    public Map<SiteId, String> notes() {
        return notes;
    }

    public List<SiteDescriptor> members() {
        return List.copyOf(members.values());
    }

    public Optional<SiteDescriptor> member(SiteId site) {
        return Optional.ofNullable(members.get(site));
    }

    /** Those who were members: what they recorded stays here, and nothing more of them is taken in. */
    public List<SiteDescriptor> former() {
        return List.copyOf(former.values());
    }

    /** What people call a site that is a member, or was one. */
    public Optional<String> label(SiteId site) {
        return member(site).or(() -> Optional.ofNullable(former.get(site))).map(SiteDescriptor::label);
    }

    /** Whose connection it is that shows this certificate. */
    public Optional<SiteDescriptor> withPin(Digest pin) {
        return members.values().stream()
                .filter(member -> member.tls().equals(pin))
                .findFirst();
    }

    /** This site's descriptor, for another to accept; recorded. */
    public byte[] invite(Actor by) {
        UUID invitation = UUID.randomUUID();
        commands.send(new InvitePeer(stream, invitation, by));
        return describe(Optional.of(invitation), Optional.empty());
    }

    private byte[] describe(Optional<UUID> invitation, Optional<UUID> answers) {
        Instant issued = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        SiteDescriptor descriptor = new SiteDescriptor(
                own.identity().verifierKey(),
                own.label(),
                own.tls(),
                own.recipient(),
                issued,
                own.address(),
                invitation,
                answers);
        return descriptor.signedBy(own.identity()).toBytes();
    }

    /**
     * Takes a site for a member, or for the same member with another address, label or certificate.
     *
     * @param file a site descriptor
     * @param trusted what the site's people say that its fingerprint is
     * @throws ArchiveException NOT_VERIFIED under another fingerprint; CONFLICTING_STATE when it is older than the one in force, or
     *     answers an invitation that is not open; INVALID_REQUEST when it is none, or shows another member's certificate
     */
    public Accepted accept(byte[] file, SiteFingerprint trusted, Actor by) {
        SiteDescriptor peer = SiteDescriptor.parse(file);
        if (!peer.fingerprint().equals(trusted)) {
            throw new ArchiveException(
                    ArchiveError.NOT_VERIFIED, "site descriptor under another fingerprint: " + peer.fingerprint());
        }
        if (member(peer.site())
                .filter(known -> known.issued().isAfter(peer.issued()))
                .isPresent()) {
            throw new ArchiveException(
                    ArchiveError.CONFLICTING_STATE, "site descriptor that is older than the one in force");
        }
        if (member(peer.site()).filter(known -> !known.key().equals(peer.key())).isPresent()) {
            throw new ArchiveException(
                    ArchiveError.CONFLICTING_STATE,
                    "site descriptor with another key than the member's; remove it first");
        }
        if (withPin(peer.tls())
                .filter(known -> !known.site().equals(peer.site()))
                .isPresent()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "site descriptor with another's certificate");
        }
        String note = new String(file, StandardCharsets.UTF_8);
        commands.send(new AcceptPeer(stream, peer.site(), note, peer.answers(), by));
        refresh();
        boolean wantsReply = peer.answers().isEmpty();
        return new Accepted(
                peer, wantsReply ? Optional.of(describe(Optional.empty(), peer.invitation())) : Optional.empty());
    }

    /** From its next request on it gets nothing; recorded. */
    public void remove(SiteId peer, String reason, Actor by) {
        commands.send(new RemovePeer(stream, peer, reason, by));
        refresh();
    }

    /** Labels and ids only. */
    @Override
    public String toString() {
        return members.values().stream()
                .map(member -> member.label() + " " + member.site())
                .collect(Collectors.joining(", "));
    }

    private static byte[] bytes(String note) {
        return note.getBytes(StandardCharsets.UTF_8);
    }
}

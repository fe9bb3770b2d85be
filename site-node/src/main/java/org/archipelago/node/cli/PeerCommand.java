package org.archipelago.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.NetworkOperations.AcceptedPeer;
import org.archipelago.node.cli.NetworkOperations.Peer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "peer",
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "The sites that this one exchanges records with. Two sites become peers in three steps:",
            "here 'peer invite', there 'peer accept FILE', and here 'peer accept' of the reply that it wrote."
        })
final class PeerCommand implements Runnable {
    private static final String FILE_ENDING = ".archipelago-site";

    private final Seams seams;
    private final Terminal terminal;

    PeerCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new CommandFailure("Say what to do: invite, accept FILE, list, or remove SITE --reason TEXT.", 2);
    }

    @Command(description = "Writes this site's descriptor, for the people of another to accept; recorded.")
    int invite(
            @Mixin SiteOptions site,
            @Option(names = "--to", paramLabel = "FILE", description = "A file that does not exist") Optional<Path> to)
            throws IOException {
        NodeAddress node = site.address(seams);
        Path file = to.orElse(Path.of(node.site() + FILE_ENDING));
        requireNew(file);
        byte[] descriptor = seams.network().invite(node);
        write(file, descriptor);
        terminal.line(
                file + ": for 'peer accept' at the other site. Tell its people, by another way than the file goes, this"
                        + " site's fingerprint:");
        terminal.line(SiteDescriptor.parse(descriptor).fingerprint().toString());
        return 0;
    }

    @Command(
            description = {
                "Takes the site that this descriptor is of for a peer; recorded. The fingerprint must come from that site's",
                "people, not with the file. Where the descriptor is an invitation, a reply for that site is written."
            })
    int accept(
            @Mixin SiteOptions site,
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--fingerprint", paramLabel = "HEX", description = "As the other site's people say")
                    Optional<String> fingerprint,
            @Option(names = "--to", paramLabel = "FILE", description = "Where the reply goes; does not exist")
                    Optional<Path> to,
            @Option(names = "--json", description = "Writes JSON") boolean json)
            throws IOException {
        NodeAddress node = site.address(seams);
        byte[] descriptor = read(file);
        SiteDescriptor peer = SiteDescriptor.parse(descriptor);
        SiteFingerprint trusted = SiteFingerprint.parse(
                fingerprint.orElseThrow(() -> new CommandFailure("Ask the people of '" + peer.label()
                        + "' for its fingerprint. If it is " + peer.fingerprint()
                        + ", run this again with --fingerprint and what they said.")));
        Path reply = to.orElse(Path.of(node.site() + "-reply" + FILE_ENDING));
        requireNew(reply);
        AcceptedPeer accepted = seams.network().accept(node, descriptor, trusted.toString());
        if (accepted.reply().isPresent()) {
            write(reply, accepted.reply().get());
        }
        if (json) {
            terminal.json(accepted.peer());
        } else {
            terminal.line(
                    "'" + accepted.peer().label() + "' (" + accepted.peer().site() + ") is a peer of this site now."
                            + (accepted.reply().isPresent()
                                    ? " For 'peer accept' there, with this site's fingerprint: " + reply
                                    : ""));
        }
        return 0;
    }

    @Command(description = "Lists the peers.")
    int list(@Mixin SiteOptions site, @Option(names = "--json", description = "Writes JSON") boolean json) {
        List<Peer> peers = seams.network().peers(site.address(seams));
        if (json) {
            terminal.json(peers);
            return 0;
        }
        if (peers.isEmpty()) {
            terminal.line("This site has no peers.");
            return 0;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("label", "site", "address", "described", "fingerprint"));
        peers.forEach(peer ->
                rows.add(List.of(peer.label(), peer.site(), peer.address(), peer.issued(), peer.fingerprint())));
        terminal.table(rows);
        return 0;
    }

    @Command(
            description =
                    "Takes a site for a peer no more; recorded. It keeps what it has, and gets nothing from now on.")
    int remove(
            @Mixin SiteOptions site,
            @Parameters(paramLabel = "SITE", description = "Id or label") String peer,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why") String reason) {
        if (reason.isBlank()) {
            throw new CommandFailure("A reason must say something.", 2);
        }
        NodeAddress node = site.address(seams);
        List<Peer> named = seams.network().peers(node).stream()
                .filter(known -> known.site().equals(peer) || known.label().equals(peer))
                .toList();
        if (named.size() != 1) {
            throw new CommandFailure(
                    named.isEmpty()
                            ? "There is no peer " + peer + "; see 'peer list'."
                            : "More than one peer is called " + peer + "; name one by its id.");
        }
        seams.network().remove(node, named.getFirst().site(), reason.strip());
        terminal.line("'" + named.getFirst().label() + "' is no peer of this site any more.");
        return 0;
    }

    private static void requireNew(Path file) {
        if (Files.exists(file)) {
            throw new CommandFailure(file + " exists already; nothing was done.");
        }
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(SiteDescriptor.MAX_LENGTH_BYTES + 1);
        }
    }

    private static void write(Path file, byte[] descriptor) throws IOException {
        Files.write(file, descriptor, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }
}

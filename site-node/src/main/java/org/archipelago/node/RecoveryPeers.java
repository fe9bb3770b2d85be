package org.archipelago.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.cli.CommandFailure;

/** Whom a destroyed site asks first: peers that it knew, or one whose descriptor somebody brings. */
record RecoveryPeers(List<SiteDescriptor> kept) {
    /**
     * @param named each a file, or a peer's label, id or address
     * @param fingerprints without which no file is believed
     * @throws CommandFailure one is nobody, takes no calls, or is believed by nobody
     */
    List<SiteDescriptor> of(List<String> named, List<String> fingerprints) throws IOException {
        Set<String> trusted = new TreeSet<>();
        fingerprints.forEach(fingerprint -> trusted.add(fingerprint.strip().toLowerCase(Locale.ROOT)));
        List<SiteDescriptor> peers = new ArrayList<>();
        for (String name : named) {
            SiteDescriptor peer = isFile(name) ? fromFile(Path.of(name), trusted) : known(name);
            if (peer.address().isEmpty()) {
                throw new CommandFailure("The site '" + peer.label() + "' takes no calls.");
            }
            peers.add(peer);
        }
        return peers;
    }

    /**
     * Of peers that are kept, or of any by their ids.
     *
     * @throws CommandFailure one is nobody
     */
    List<SiteId> ids(List<String> named) {
        return named.stream().map(this::id).toList();
    }

    private SiteId id(String name) {
        try {
            return SiteId.parse(name);
        } catch (IllegalArgumentException _) {
            return known(name).site();
        }
    }

    private static boolean isFile(String name) {
        try {
            return Files.isRegularFile(Path.of(name));
        } catch (InvalidPathException _) {
            return false;
        }
    }

    private static SiteDescriptor fromFile(Path file, Set<String> trusted) throws IOException {
        SiteDescriptor peer;
        try (InputStream in = Files.newInputStream(file)) {
            peer = SiteDescriptor.parse(in.readNBytes(SiteDescriptor.MAX_LENGTH_BYTES + 1));
        }
        if (!trusted.contains(peer.fingerprint().toString())) {
            throw new CommandFailure("Ask the people of '" + peer.label() + "' for its fingerprint. If it is "
                    + peer.fingerprint() + ", run this again with --fingerprint and what they said.");
        }
        return peer;
    }

    private SiteDescriptor known(String name) {
        List<SiteDescriptor> found = kept.stream()
                .filter(peer -> peer.label().equals(name)
                        || peer.site().toString().equals(name)
                        || peer.address()
                                .map(Object::toString)
                                .filter(name::equals)
                                .isPresent())
                .toList();
        if (found.size() != 1) {
            throw new CommandFailure(
                    found.isEmpty()
                            ? "There is no peer " + name
                                    + " among those that are kept with the identity, and no such file;"
                                    + " bring the peer's descriptor: --from FILE --fingerprint HEX."
                            : "More than one peer is called " + name + "; name one by its id.");
        }
        return found.getFirst();
    }
}

package org.archipelago.node.dimse;

import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.AeTitle;
import org.archipelago.node.association.Peer;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;

/**
 * Who is at the other end of an association.
 *
 * @param configured empty for an unknown AE of this machine
 * @param assertedUser user name of User Identity negotiation; nobody has verified it
 */
record Caller(
        AeTitle calling,
        AeTitle called,
        Peer peer,
        Optional<RemoteAe> configured,
        Set<Permission> permissions,
        Optional<String> assertedUser) {
    boolean may(Permission permission) {
        return permissions.contains(permission);
    }

    /** The device alone: what it sends is its own doing. What the command line imports may come from anybody. */
    Actor device() {
        return calling.equals(ImportIssuer.COMMAND_LINE)
                ? Actor.unidentified(calling.value(), peer.address().getHostAddress())
                : Actor.device(calling.value(), peer.address().getHostAddress());
    }

    /** Issuer of Patient IDs that name none, where this caller has one of its own. */
    Optional<String> defaultIssuer() {
        return configured.isPresent()
                ? configured.get().defaultIssuer()
                : ImportIssuer.from(calling, peer, assertedUser);
    }

    /** Domain of a bare Patient ID or Accession Number in what this caller asks. */
    String localIssuer(DimseConfiguration configuration) {
        return configured.flatMap(RemoteAe::defaultIssuer).orElse(configuration.siteIssuer());
    }

    /** Of text in what this caller asks that names no Specific Character Set. */
    Optional<String> defaultCharacterSet() {
        return configured.flatMap(RemoteAe::defaultCharacterSet);
    }

    /** For the access history: an asserted user name is kept, marked as such. */
    Actor reader() {
        String name = calling.value()
                + assertedUser.map(u -> " (asserted user " + u + ")").orElse("");
        return Actor.device(
                name.substring(0, Math.min(name.length(), Actor.MAX_NAME_CHARS)),
                peer.address().getHostAddress());
    }
}

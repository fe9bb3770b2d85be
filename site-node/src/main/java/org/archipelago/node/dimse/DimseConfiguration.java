package org.archipelago.node.dimse;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.TlsContext;

/**
 * Everything that the DIMSE services can be told.
 *
 * @param remoteAes who is known; titles are distinct
 * @param unknownOnLoopback what a calling AE that is not configured may do from a loopback address
 * @param siteIssuer issuer of bare Patient IDs in queries of AEs without a default issuer
 * @param extraStorageClasses storage SOP Classes that the dictionary does not know
 * @param preferredStorageSyntaxes transfer syntaxes taken before others when a sender proposes several; the sender's
 *     first otherwise
 * @param tls this node's identity; needed where a listener or a remote AE has TLS
 */
public record DimseConfiguration(
        List<Listener> listeners,
        List<RemoteAe> remoteAes,
        Set<Permission> unknownOnLoopback,
        String siteIssuer,
        Set<SopClassUid> extraStorageClasses,
        List<String> preferredStorageSyntaxes,
        AssociationLimits limits,
        ServiceLimits serviceLimits,
        Optional<TlsContext> tls) {
    public DimseConfiguration {
        listeners = List.copyOf(listeners);
        remoteAes = List.copyOf(remoteAes);
        unknownOnLoopback = Set.copyOf(unknownOnLoopback);
        extraStorageClasses = Set.copyOf(extraStorageClasses);
        preferredStorageSyntaxes = List.copyOf(preferredStorageSyntaxes);
        if (remoteAes.stream().map(RemoteAe::title).distinct().count() != remoteAes.size()) {
            throw new IllegalArgumentException("two configured AEs have the same title");
        }
        if (tls.isEmpty()
                && (listeners.stream().anyMatch(Listener::tls)
                        || remoteAes.stream().anyMatch(RemoteAe::tls))) {
            throw new IllegalArgumentException("TLS needs dicom.tls.certificateFile, keyFile and trustFile");
        }
    }

    /** Of those that answer for this site alone, the first. */
    AeTitle ownTitle() {
        return listeners.getFirst().aeTitles().iterator().next();
    }

    /** How to connect to an AE. */
    Optional<TlsContext> tlsTo(RemoteAe ae) {
        return ae.tls() ? tls : Optional.empty();
    }

    public Optional<RemoteAe> remoteAe(String title) {
        return remoteAes.stream().filter(ae -> ae.title().value().equals(title)).findFirst();
    }

    /** What a remote AE may do. */
    public enum Permission {
        ECHO,
        STORE,
        QUERY,
        RETRIEVE,
        MOVE_DESTINATION,
        COMMITMENT
    }

    /**
     * @param port 0 for any free one
     * @param aeTitles called AE titles that are answered; their order is kept
     * @param beyondLoopback must be true to bind any address but a loopback one without TLS: what passes is readable on its way
     * @param tls TLS only, with certificates on both ends
     */
    public record Listener(InetAddress bind, int port, Set<AeTitle> aeTitles, boolean beyondLoopback, boolean tls) {
        public Listener {
            aeTitles = Collections.unmodifiableSet(new LinkedHashSet<>(aeTitles));
            if (aeTitles.isEmpty()) {
                throw new IllegalArgumentException("a DICOM listener has at least one AE title");
            }
            if (!bind.isLoopbackAddress() && !beyondLoopback && !tls) {
                throw new IllegalArgumentException(
                        "the DICOM listener on " + bind.getHostAddress() + ":" + port
                                + " is not on a loopback address; give it tls: true, or beyondLoopback: true to allow this without TLS");
            }
        }
    }

    /**
     * @param addressChecked whether associations with its title are taken only from its host (and loopback)
     * @param defaultIssuer issuer of Patient IDs that name none
     * @param defaultCharacterSet Specific Character Set of text that names none
     * @param tls whether connections to it are TLS
     */
    public record RemoteAe(
            AeTitle title,
            String host,
            int port,
            boolean addressChecked,
            Set<Permission> permissions,
            Optional<String> defaultIssuer,
            Optional<String> defaultCharacterSet,
            boolean tls) {
        public RemoteAe {
            permissions = Set.copyOf(permissions);
        }

        boolean mayCallFrom(InetAddress peer) {
            if (!addressChecked || peer.isLoopbackAddress()) {
                return true;
            }
            try {
                return Arrays.asList(InetAddress.getAllByName(host)).contains(peer);
            } catch (UnknownHostException e) {
                return false;
            }
        }
    }

    /**
     * @param maxIdentifierBytes longest identifier or other data set that is read whole
     * @param pendingInterval longest time between pending responses of a C-MOVE
     * @param pendingEvery sub-operations between pending responses
     * @param commitmentQuiet how long an association must be silent after a commitment request to be used for the report
     * @param commitmentRetry first pause before a report is tried again; doubles up to commitmentRetryMax
     * @param commitmentGiveUp age at which an undeliverable report is dropped
     * @param shutdownGrace how long associations may go on when the server stops
     */
    public record ServiceLimits(
            int maxIdentifierBytes,
            Duration pendingInterval,
            int pendingEvery,
            Duration commitmentQuiet,
            Duration commitmentRetry,
            Duration commitmentRetryMax,
            Duration commitmentGiveUp,
            Duration shutdownGrace) {}
}

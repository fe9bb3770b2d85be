package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.association.AssociateRequest;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationPolicy;
import org.archipelago.node.association.ExtendedNegotiation;
import org.archipelago.node.association.Peer;
import org.archipelago.node.association.Rejection;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.dimse.DimseConfiguration.Permission;

/** Who may open an association with one listener, and with which contexts. Who a caller is, is found out once. */
final class CallerPolicy implements AssociationPolicy {
    private final DimseConfiguration configuration;
    /** What may be done with the AE that answers for all sites. */
    private static final Set<Permission> OF_NETWORK = Set.of(Permission.ECHO, Permission.QUERY);

    private final Set<AeTitle> called;
    private final Optional<AeTitle> network;
    private final ContextNegotiation negotiation;
    private final CallerService service;

    /** Serves the association of an accepted caller. */
    @FunctionalInterface
    interface CallerService {
        void serve(Association association, Caller caller) throws IOException;
    }

    /**
     * @param called AE titles that are this site's own
     * @param network the one that answers for all sites
     */
    CallerPolicy(
            DimseConfiguration configuration,
            Set<AeTitle> called,
            Optional<AeTitle> network,
            StorageClasses classes,
            CallerService service) {
        this.configuration = configuration;
        this.called = called;
        this.network = network;
        this.service = service;
        this.negotiation = new ContextNegotiation(configuration, classes);
    }

    @Override
    public Decision decide(AssociateRequest request, Peer peer) {
        Optional<AeTitle> calledTitle = title(request.calledAeTitle());
        if (calledTitle
                .filter(title -> called.contains(title) || isNetwork(title))
                .isEmpty()) {
            return new Decision.Reject(Rejection.CALLED_AE_NOT_RECOGNIZED);
        }
        Optional<Caller> caller = caller(request, peer);
        if (caller.isEmpty()) {
            return new Decision.Reject(Rejection.CALLING_AE_NOT_RECOGNIZED);
        }
        List<RoleSelection> roles = negotiation.roles(request, caller.get());
        List<ExtendedNegotiation> extended = new ArrayList<>();
        request.user().extended().forEach(e -> negotiation.extended(e).ifPresent(extended::add));
        return new Decision.Accept(
                negotiation.answers(request, caller.get(), roles),
                roles,
                extended,
                association -> service.serve(association, caller.get()));
    }

    /** Empty when such a caller is not served from there. */
    Optional<Caller> caller(AssociateRequest request, Peer peer) {
        Optional<AeTitle> calling = title(request.callingAeTitle());
        Optional<AeTitle> calledTitle = title(request.calledAeTitle());
        if (calling.isEmpty() || calledTitle.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> user = request.user().identity().flatMap(i -> i.name());
        Optional<DimseConfiguration.RemoteAe> configured =
                configuration.remoteAe(calling.get().value());
        if (configured.isPresent()) {
            return configured
                    .filter(ae -> ae.mayCallFrom(peer.address()))
                    .map(ae -> new Caller(
                            calling.get(),
                            calledTitle.get(),
                            peer,
                            configured,
                            permitted(calledTitle.get(), ae.permissions()),
                            user));
        }
        return peer.isOfThisMachine()
                ? Optional.of(new Caller(
                        calling.get(),
                        calledTitle.get(),
                        peer,
                        Optional.empty(),
                        permitted(calledTitle.get(), configuration.unknownOnLoopback()),
                        user))
                : Optional.empty();
    }

    private boolean isNetwork(AeTitle title) {
        return network.filter(title::equals).isPresent();
    }

    private Set<Permission> permitted(AeTitle title, Set<Permission> permissions) {
        return isNetwork(title)
                ? permissions.stream().filter(OF_NETWORK::contains).collect(Collectors.toSet())
                : permissions;
    }

    private static Optional<AeTitle> title(String text) {
        try {
            return Optional.of(new AeTitle(text));
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }
}

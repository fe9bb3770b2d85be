package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.AeTitle;
import org.archipelago.node.association.AssociationServer;
import org.archipelago.node.association.OpenAssociations;

/**
 * The DICOM side of the node: listens on every configured address and serves verification, storage, query, retrieval
 * and storage commitment.
 */
public final class DimseServer implements AutoCloseable {
    private final DimseConfiguration configuration;
    private final OpenAssociations open;
    private final DimseServices services;
    private final List<AssociationServer> listeners = new ArrayList<>();

    private DimseServer(DimseConfiguration configuration, DimsePorts ports) {
        this.configuration = configuration;
        this.open = new OpenAssociations(configuration.limits());
        this.services = new DimseServices(configuration, ports);
    }

    /**
     * Binds all listeners, or none. Reports that are pending from before are delivered.
     *
     * @throws IOException an address cannot be bound; the message names it
     */
    public static DimseServer start(DimseConfiguration configuration, DimsePorts ports) throws IOException {
        DimseServer server = new DimseServer(configuration, ports);
        boolean started = false;
        try {
            for (DimseConfiguration.Listener listener : configuration.listeners()) {
                server.listen(listener, ports);
            }
            started = true;
            return server;
        } finally {
            if (!started) {
                server.listeners.forEach(AssociationServer::close);
                server.services.close();
            }
        }
    }

    private void listen(DimseConfiguration.Listener listener, DimsePorts ports) throws IOException {
        Optional<AeTitle> network = ports.network().map(NetworkAe::title);
        CallerPolicy policy =
                new CallerPolicy(configuration, listener.aeTitles(), network, ports.storageClasses(), services::serve);
        try {
            listeners.add(AssociationServer.start(
                    listener.bind(),
                    listener.port(),
                    listener.tls() ? configuration.tls() : Optional.empty(),
                    configuration.limits(),
                    open,
                    policy,
                    ports.metrics()));
        } catch (IOException e) {
            throw new IOException(
                    "the DICOM listener cannot bind " + listener.bind().getHostAddress() + ":" + listener.port() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** The bound port of each listener, in the order of the configuration. */
    public List<Integer> ports() {
        return listeners.stream().map(AssociationServer::port).toList();
    }

    /** Whether every listener answers who connects. */
    public boolean isAccepting() {
        return listeners.stream().allMatch(AssociationServer::isAccepting);
    }

    public int openAssociations() {
        return open.associations();
    }

    public int openConnections() {
        return open.connections();
    }

    /** Accepts no more, lets what is open go on for the configured grace, then aborts it. */
    @Override
    public void close() {
        listeners.forEach(AssociationServer::stopAccepting);
        open.abortAll(configuration.serviceLimits().shutdownGrace());
        services.close();
    }
}

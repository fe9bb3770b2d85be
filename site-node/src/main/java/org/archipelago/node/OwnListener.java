package org.archipelago.node;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.archipelago.contract.AeTitle;
import org.archipelago.node.association.TlsContext;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.Configuration.Listener;

/**
 * Where the command line reaches a node of this machine by DICOM, as that node's configuration says. The node takes unknown
 * AEs on loopback only, and whoever shows by TLS that it has the node's own key.
 *
 * @param tls present: with the node's own certificate
 */
record OwnListener(String host, int port, AeTitle called, Optional<TlsContext> tls) {
    /** @throws CommandFailure none of its listeners would take the command line in */
    static OwnListener of(Path file) {
        Configuration configuration = Archipelago.configuration(file);
        Configuration.Dicom dicom = configuration.dicom();
        if (dicom.listeners().isEmpty()) {
            throw new CommandFailure("The node has no DICOM listener; " + file + " needs one in dicom.listeners.");
        }
        Predicate<Listener> onLoopback = listener -> host(listener).isLoopbackAddress();
        Predicate<Listener> secured = listener -> listener.tls().orElse(false);
        List<Listener> fixed = dicom.listeners().stream()
                .filter(listener -> listener.port() > 0)
                .toList();
        return Stream.of(onLoopback.and(secured.negate()), onLoopback, secured)
                .flatMap(fit -> fixed.stream().filter(fit))
                .findFirst()
                .map(listener -> new OwnListener(
                        host(listener).getHostAddress(),
                        listener.port(),
                        new AeTitle(listener.aeTitles().getFirst()),
                        secured.test(listener) ? DicomEdge.tls(dicom.tls()) : Optional.empty()))
                .orElseThrow(() -> new CommandFailure("The node takes what this command sends on loopback, or with TLS;"
                        + " no listener in " + file + " has either, and a port. Add { address: 127.0.0.1, port: 11112,"
                        + " aeTitles: " + dicom.listeners().getFirst().aeTitles()
                        + " } to dicom.listeners, and start the node again."));
    }

    /** Of a listener on every address: loopback. */
    private static InetAddress host(Listener listener) {
        try {
            InetAddress bound = InetAddress.getByName(listener.address());
            return bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bound;
        } catch (UnknownHostException e) {
            throw new CommandFailure("dicom.listeners.address: " + listener.address() + " is not known.");
        }
    }

    /** What may help against a failed connection; empty when that is nothing special. */
    String hint(IOException failure) {
        return tls.isEmpty() || failure instanceof ConnectException
                ? ""
                : "; dicom.tls.trustFile must trust the node's own dicom.tls.certificateFile, too, or dicom.listeners"
                        + " needs one on loopback without TLS";
    }
}

package org.archipelago.node.association;

import java.net.InetAddress;
import java.security.cert.Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Who is at the other end of a connection.
 *
 * @param holdsOurKey it has shown by TLS that it has the private key of this node's own certificate
 */
public record Peer(InetAddress address, boolean holdsOurKey) {
    /**
     * Whether it is of this machine: on loopback, or with the key that only this node's files hold. That it comes from another
     * address of this machine says nothing: so does whatever a proxy or a gateway on this machine passes on.
     */
    public boolean isOfThisMachine() {
        return address.isLoopbackAddress() || holdsOurKey;
    }

    /** @param session after its handshake, in which who connected showed that it has the key of its first certificate */
    static Peer of(InetAddress address, SSLSession session) {
        Certificate[] own = session.getLocalCertificates();
        try {
            return new Peer(address, own != null && own.length > 0 && own[0].equals(session.getPeerCertificates()[0]));
        } catch (SSLPeerUnverifiedException _) {
            return new Peer(address, false);
        }
    }
}

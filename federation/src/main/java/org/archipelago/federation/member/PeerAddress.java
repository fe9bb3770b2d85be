package org.archipelago.federation.member;

import java.util.regex.Pattern;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Where a site's peers reach it.
 *
 * @param host name or address, an IPv6 one in brackets; at most 253 characters
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {
    private static final Pattern HOST = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.-]{0,252}|\\[[0-9A-Fa-f:.]{2,45}]");
    private static final int MAX_PORT = 65535;
    private static final int MAX_PORT_DIGITS = 5;

    /** @throws ArchiveException INVALID_REQUEST */
    public PeerAddress {
        if (!HOST.matcher(host).matches() || port < 1 || port > MAX_PORT) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "address of a peer: host:port");
        }
    }

    /** @throws ArchiveException INVALID_REQUEST unless it is {@code host:port} */
    public static PeerAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon < 0 || port.length() > MAX_PORT_DIGITS || !port.matches("[1-9][0-9]*")) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "address of a peer: host:port");
        }
        return new PeerAddress(text.substring(0, colon), Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}

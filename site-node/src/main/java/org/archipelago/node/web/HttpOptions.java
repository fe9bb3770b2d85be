package org.archipelago.node.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the HTTP server listens and what it bounds.
 *
 * @param address a loopback address or name: nobody is authenticated yet, so any other is refused
 * @param port 0 for a free one
 * @param hostNames names besides {@code localhost}, {@code 127.0.0.1} and {@code [::1]} that a Host header may carry
 * @param corsOrigins origins ({@code https://viewer.example}) whose scripts may read DICOMweb and the API; empty: none
 * @param callerName what an access is recorded under while nobody logs in and nothing identifies the caller
 * @param maxConnections connections open at once; further ones wait
 * @param maxHeaderBytes of a request's line and headers together
 * @param idle how long a peer may send or take nothing before its connection is closed
 * @param shutdown how long requests in flight may take to end
 */
public record HttpOptions(
        String address,
        int port,
        Set<String> hostNames,
        Set<String> corsOrigins,
        String callerName,
        int maxConnections,
        int maxHeaderBytes,
        Duration idle,
        Duration shutdown) {
    /** What an access is recorded under while nobody logs in. */
    public static final String CALLER = "http";

    private static final int DEFAULT_MAX_CONNECTIONS = 1024;
    private static final int DEFAULT_MAX_HEADER_BYTES = 32 * 1024;

    public HttpOptions {
        if (!loopback(address)) {
            throw new IllegalArgumentException("HTTP address " + address
                    + " is not a loopback address. Nobody logs in yet, so the node serves HTTP on this machine only;"
                    + " use 127.0.0.1 and, for use from elsewhere, a proxy that authenticates.");
        }
        hostNames =
                hostNames.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        corsOrigins = Set.copyOf(corsOrigins);
    }

    /** 127.0.0.1, no further names, no cross-origin readers, caller {@code http}. */
    public static HttpOptions loopback(int port) {
        return new HttpOptions(
                "127.0.0.1",
                port,
                Set.of(),
                Set.of(),
                CALLER,
                DEFAULT_MAX_CONNECTIONS,
                DEFAULT_MAX_HEADER_BYTES,
                Duration.ofSeconds(30),
                Duration.ofSeconds(20));
    }

    private static boolean loopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("HTTP address " + address + " is not known on this machine", e);
        }
    }
}

package org.archipelago.node.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers only to its own names, so that a hostile page cannot reach this node under a name of its own (DNS rebinding). */
final class HostGuard extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final int MISDIRECTED_REQUEST = 421;

    private final transient HttpOptions options;

    HostGuard(HttpOptions options) {
        this.options = options;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (known(request.getHeader("Host"))) {
            response.setHeader("X-Content-Type-Options", "nosniff");
            chain.doFilter(request, response);
        } else {
            PlainText.send(
                    response,
                    MISDIRECTED_REQUEST,
                    "This node does not answer to the name in the Host header; add it to http.hostNames in the configuration.");
        }
    }

    private boolean known(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        return LOOPBACK.contains(name) || options.hostNames().contains(name);
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }
}

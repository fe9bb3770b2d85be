package org.archipelago.node.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cross-origin rules. Nothing changes state by GET; a request that may change state and comes from a page of another
 * origin is refused, whatever its form. Scripts of configured origins may read (Fetch standard, CORS protocol).
 */
final class OriginGuard extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final int PREFLIGHT_SECONDS = 600;

    private final transient HttpOptions options;

    OriginGuard(HttpOptions options) {
        this.options = options;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String origin = request.getHeader("Origin");
        boolean foreign = origin != null && !origin.equals(own(request)) && !isOwnForm(origin, request);
        boolean allowed = foreign && options.corsOrigins().contains(origin);
        if (!options.corsOrigins().isEmpty()) {
            response.addHeader("Vary", "Origin");
        }
        if (allowed) {
            response.setHeader("Access-Control-Allow-Origin", origin);
            response.setHeader(
                    "Access-Control-Expose-Headers", "ETag, Warning, Archipelago-Position, Content-Location");
        }
        if (foreign && isPreflight(request)) {
            answerPreflight(response, allowed);
        } else if (!SAFE.contains(request.getMethod()) && (foreign ? !allowed : crossSite(request))) {
            PlainText.send(
                    response, HttpServletResponse.SC_FORBIDDEN, "Pages of other origins may not change anything here.");
        } else {
            chain.doFilter(request, response);
        }
    }

    private static boolean isPreflight(HttpServletRequest request) {
        return request.getMethod().equals("OPTIONS") && request.getHeader("Access-Control-Request-Method") != null;
    }

    private static void answerPreflight(HttpServletResponse response, boolean allowed) {
        response.setStatus(allowed ? HttpServletResponse.SC_NO_CONTENT : HttpServletResponse.SC_FORBIDDEN);
        if (allowed) {
            response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
            response.setHeader(
                    "Access-Control-Allow-Headers",
                    "Accept, Content-Type, If-None-Match, Range, Archipelago-Minimum-Position");
            response.setIntHeader("Access-Control-Max-Age", PREFLIGHT_SECONDS);
        }
    }

    /** Our pages tell nobody where one came from, so browsers call the origin of their forms null; what a page cannot set tells more. */
    private static boolean isOwnForm(String origin, HttpServletRequest request) {
        return origin.equals("null") && "same-origin".equals(request.getHeader("Sec-Fetch-Site"));
    }

    private static boolean crossSite(HttpServletRequest request) {
        @Nullable String site = request.getHeader("Sec-Fetch-Site");
        return "cross-site".equals(site);
    }

    private static String own(HttpServletRequest request) {
        return request.getScheme() + "://" + request.getHeader("Host");
    }
}

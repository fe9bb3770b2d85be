package org.archipelago.node.portal;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What a browser may do with what comes from here: nothing from elsewhere, no frames, no address passed on. */
final class PageHeaders extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final String PAGES =
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    /** The viewer compiles WebAssembly, makes workers and styles on the fly, and evaluates strings in its codecs. */
    private static final String VIEWER = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
            + "worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            + "connect-src 'self' blob: data:; frame-src 'self' blob:; object-src 'self' blob:; base-uri 'none'; frame-ancestors 'self'";

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        boolean viewer = request.getRequestURI().startsWith("/viewer");
        response.setHeader("Content-Security-Policy", viewer ? VIEWER : PAGES);
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        response.setHeader("X-Frame-Options", viewer ? "SAMEORIGIN" : "DENY");
        chain.doFilter(request, response);
    }
}

package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.archipelago.contract.Digest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The few files of the pages, read once, from a closed list. */
@RestController
class AssetController {
    private static final String HTMX = "/META-INF/resources/webjars/htmx.org/2.0.10/dist/htmx.min.js";

    private record Asset(String type, byte[] bytes, String tag) {}

    private final Map<String, Asset> assets = Map.of(
            "/assets/portal.css", read("/portal/portal.css", "text/css;charset=utf-8"),
            "/assets/htmx.min.js", read(HTMX, "text/javascript;charset=utf-8"),
            "/assets/viewer-conflicts.js", read("/portal/viewer-conflicts.js", "text/javascript;charset=utf-8"),
            "/assets/icon.svg", read("/portal/icon.svg", "image/svg+xml"),
            "/favicon.ico", read("/portal/icon.svg", "image/svg+xml"));

    private static Asset read(String resource, String type) {
        try (InputStream in = Objects.requireNonNull(AssetController.class.getResourceAsStream(resource), resource)) {
            byte[] bytes = in.readAllBytes();
            return new Asset(
                    type, bytes, "W/\"" + Digest.sha256(bytes).toString().substring(0, 16) + "\"");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @GetMapping({
        "/assets/portal.css",
        "/assets/htmx.min.js",
        "/assets/viewer-conflicts.js",
        "/assets/icon.svg",
        "/favicon.ico"
    })
    void asset(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Asset asset = Objects.requireNonNull(assets.get(request.getRequestURI()), "asset");
        response.setHeader("ETag", asset.tag());
        response.setHeader("Cache-Control", "public, max-age=300");
        if (asset.tag().equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        response.setContentType(asset.type());
        response.setContentLength(asset.bytes().length);
        response.getOutputStream().write(asset.bytes());
    }
}

package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.servlet.ModelAndView;

/**
 * The OHIF viewer: files of one directory and nothing else; what is no file is a page of the viewer itself. Files with a
 * hash in their name never change; the others are asked for again each time.
 */
@Controller
class ViewerController {
    private static final String HASHED = ".*[.][0-9a-f]{16,}[.](js|css)|[0-9a-f]{16,}[.](wasm|woff2)";

    private final Optional<Path> directory;
    private final String configuration;

    ViewerController(Optional<Path> directory, String siteLabel, boolean hasNetwork) {
        this.directory = directory.map(path -> path.toAbsolutePath().normalize());
        this.configuration = ViewerConfiguration.script(siteLabel, hasNetwork) + ViewerConfiguration.CONFLICTS;
    }

    @GetMapping("/viewer")
    String root() {
        return "redirect:/viewer/";
    }

    @GetMapping("/viewer/{*path}")
    @Nullable
    ModelAndView file(@PathVariable String path, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (directory.isEmpty() || !Files.isRegularFile(directory.get().resolve("index.html"))) {
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            return new ModelAndView("portal/no-viewer");
        }
        String name = path.substring(1);
        if (name.equals("app-config.js")) {
            response.setHeader("Cache-Control", "no-cache");
            response.setContentType("text/javascript;charset=utf-8");
            response.getOutputStream().write(configuration.getBytes(StandardCharsets.UTF_8));
            return null;
        }
        Path file = within(directory.get(), name);
        if (name.isEmpty() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            if (type(name) != null) {
                throw new ArchiveException(ArchiveError.NOT_FOUND, "file of the viewer");
            }
            file = directory.get().resolve("index.html");
        }
        send(file, request, response);
        return null;
    }

    private static Path within(Path directory, String name) {
        if (name.chars().anyMatch(c -> c < ' ' || c == '\\')) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "path");
        }
        Path file = directory.resolve(name).normalize();
        if (!file.startsWith(directory)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "file of the viewer");
        }
        return file;
    }

    private static void send(Path file, HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = String.valueOf(file.getFileName());
        String tag = "W/\"" + Files.size(file) + "-"
                + Files.getLastModifiedTime(file).toMillis() + "\"";
        boolean forEver = name.matches(HASHED);
        response.setHeader("Cache-Control", forEver ? "public, max-age=31536000, immutable" : "no-cache");
        response.setHeader("ETag", tag);
        if (tag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        String type = type(name);
        response.setContentType(type == null ? "application/octet-stream" : type);
        response.setContentLengthLong(Files.size(file));
        Files.copy(file, response.getOutputStream());
    }

    private static @Nullable String type(String name) {
        int dot = name.lastIndexOf('.');
        return switch (dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT)) {
            case "html" -> "text/html;charset=utf-8";
            case "js", "mjs" -> "text/javascript;charset=utf-8";
            case "css" -> "text/css;charset=utf-8";
            case "json", "map", "webapp" -> "application/json";
            case "wasm" -> "application/wasm";
            case "svg" -> "image/svg+xml";
            case "png" -> "image/png";
            case "jpg", "jpeg" -> "image/jpeg";
            case "gif" -> "image/gif";
            case "ico" -> "image/x-icon";
            case "woff2" -> "font/woff2";
            case "woff" -> "font/woff";
            case "ttf" -> "font/ttf";
            case "txt" -> "text/plain;charset=utf-8";
            case "xml" -> "text/xml";
            default -> null;
        };
    }
}

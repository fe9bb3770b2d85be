package org.archipelago.node.dicomweb;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.Value;

/**
 * The bulk data that a store request brings, by Content-Location (PS3.18 §8.6.1.2.2). An address is compared after it was
 * resolved against the request's own (RFC 3986 §5.2) and its scheme, host and dot segments normalized (§6.2.2).
 */
final class BulkParts {
    static final int MAX_LOCATION_CHARACTERS = 1024;

    /**
     * One part as it came.
     *
     * @param transferSyntax as its Content-Type names it
     * @param flaw why it cannot be used
     */
    record Part(String media, Optional<String> transferSyntax, Value.Bulk bytes, Optional<String> flaw) {}

    private final Optional<URI> base;
    private final Map<String, List<Part>> byLocation = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    /** @param base address of the request */
    BulkParts(String base) {
        this.base = uri(base);
    }

    void add(String location, Part part) {
        byLocation.computeIfAbsent(normal(location), _ -> new ArrayList<>()).add(part);
    }

    /** What came under the address, or under it and {@code /frames/1} and so on (PS3.18 §10.4.3.3.5); empty: nothing. */
    List<Part> take(String uri) {
        String location = normal(uri);
        List<Part> parts = byLocation.get(location);
        if (parts != null) {
            used.add(location);
            return parts;
        }
        List<Part> frames = new ArrayList<>();
        while (true) {
            String frame = location + "/frames/" + (frames.size() + 1);
            List<Part> next = byLocation.get(frame);
            if (next == null) {
                return frames;
            }
            used.add(frame);
            frames.addAll(next);
        }
    }

    /** Addresses under which something came that nothing refers to. */
    int unused() {
        return byLocation.size() - used.size();
    }

    private String normal(String text) {
        Optional<URI> parsed = uri(text);
        if (parsed.isEmpty()) {
            return text;
        }
        URI whole = base.map(b -> b.resolve(parsed.get())).orElse(parsed.get()).normalize();
        if (whole.isOpaque() || whole.getScheme() == null || whole.getRawAuthority() == null) {
            return whole.toString();
        }
        String rest = whole.toString()
                .substring(
                        whole.getScheme().length() + 3 + whole.getRawAuthority().length());
        return whole.getScheme().toLowerCase(Locale.ROOT) + "://"
                + whole.getRawAuthority().toLowerCase(Locale.ROOT) + rest;
    }

    private static Optional<URI> uri(String text) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}

package org.archipelago.node.dicomweb;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * One media type or range with parameters (RFC 9110 §8.3.1, §12.5.1). Real callers leave parameter values unquoted that
 * are no tokens ({@code type=application/dicom}, {@code transfer-syntax=*}); those are taken as meant.
 *
 * @param type full type in lower case, such as {@code multipart/related}, {@code image/*} or {@code *}{@code /*}
 * @param parameters names in lower case, values without quotes; the weight is not among them
 * @param weight q value, 0 to 1
 */
record MediaRange(String type, Map<String, String> parameters, double weight) {
    static final int MAX_HEADER_CHARS = 8 * 1024;
    static final int MAX_RANGES = 64;
    static final String MULTIPART_RELATED = "multipart/related";
    static final MediaRange ANYTHING = new MediaRange("*/*", Map.of(), 1);

    MediaRange {
        parameters = Map.copyOf(parameters);
    }

    /**
     * The ranges of an Accept header, best first; those of weight 0 are left out. Nothing given means anything.
     *
     * @throws ArchiveException INVALID_REQUEST no element of it is a media range
     */
    static List<MediaRange> accept(String header) {
        if (header.length() > MAX_HEADER_CHARS) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "Accept header");
        }
        List<MediaRange> ranges = new ArrayList<>();
        boolean anyMeant = false;
        for (String element : split(header, ',')) {
            if (!element.isBlank()) {
                anyMeant = true;
                understood(element).ifPresent(ranges::add);
            }
        }
        if (anyMeant && ranges.isEmpty()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "Accept header");
        }
        if (ranges.size() > MAX_RANGES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "Accept header");
        }
        if (ranges.isEmpty()) {
            return List.of(ANYTHING);
        }
        // A stable sort keeps the caller's order among equals.
        return ranges.stream()
                .filter(range -> range.weight() > 0)
                .sorted(Comparator.comparingDouble(MediaRange::weight).reversed())
                .toList();
    }

    /** An element that is none leaves the others as they are: Java's own {@code *; q=.2} comes before a good one. */
    private static Optional<MediaRange> understood(String element) {
        try {
            return Optional.of(parse(element));
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }

    /** @throws ArchiveException INVALID_REQUEST */
    static MediaRange parse(String text) {
        List<String> pieces = split(text, ';');
        String type = pieces.getFirst().strip().toLowerCase(Locale.ROOT);
        if (type.equals("*")) {
            type = "*/*"; // what java.net.HttpURLConnection sends
        }
        if (type.indexOf('/') < 1 || type.indexOf('/') == type.length() - 1) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "media type");
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        double weight = 1;
        for (String piece : pieces.subList(1, pieces.size())) {
            int equals = piece.indexOf('=');
            if (equals < 0) {
                continue;
            }
            String name = piece.substring(0, equals).strip().toLowerCase(Locale.ROOT);
            String value = unquoted(piece.substring(equals + 1).strip());
            if (name.equals("q")) {
                weight = parsedWeight(value);
            } else {
                parameters.putIfAbsent(name, value);
            }
        }
        return new MediaRange(type, parameters, weight);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name));
    }

    boolean isMultipart() {
        return type.equals(MULTIPART_RELATED) || type.equals("multipart/*");
    }

    boolean isAnything() {
        return type.equals("*/*");
    }

    /** What each part is to be: the type parameter of a multipart range, else the range itself. */
    String payload() {
        return isMultipart()
                ? parameter("type").map(t -> t.toLowerCase(Locale.ROOT)).orElse("*/*")
                : type;
    }

    /** Whether a payload of this concrete type is within the range. */
    boolean takes(String concrete) {
        String wanted = payload();
        return wanted.equals("*/*")
                || wanted.equals(concrete)
                || (wanted.endsWith("/*") && concrete.startsWith(wanted.substring(0, wanted.length() - 1)));
    }

    private static double parsedWeight(String value) {
        try {
            double parsed = Double.parseDouble(value);
            if (parsed >= 0 && parsed <= 1) {
                return parsed;
            }
        } catch (NumberFormatException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "q value", e);
        }
        throw new ArchiveException(ArchiveError.INVALID_REQUEST, "q value");
    }

    private static List<String> split(String text, char separator) {
        List<String> pieces = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                pieces.add(text.substring(start, i));
                start = i + 1;
            }
        }
        pieces.add(text.substring(start));
        return pieces;
    }

    private static String unquoted(String value) {
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
            return value;
        }
        return value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
    }
}

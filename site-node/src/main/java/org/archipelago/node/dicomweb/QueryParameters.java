package org.archipelago.node.dicomweb;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.MatchingKey.Extended;
import org.archipelago.query.QueryLevel;

/** Turns the parameters of a search (PS3.18 §8.3.4, §10.6.1.2) into a query. What is not understood is refused, never ignored. */
final class QueryParameters {
    private static final int MAX_PATH = 8;
    private static final int MAX_INCLUDED = 512;

    private final DicomWebLimits limits;
    private final List<MatchingKey> keys = new ArrayList<>();
    private final Set<Integer> included = new HashSet<>();
    private boolean includeAll;
    private boolean fuzzy;
    private boolean emptyValues;
    private boolean multipleValues;
    private int offset;
    private int limit;
    private LocalPosition minimum = new LocalPosition(-1);

    /** @param limits the most matches in one page are also the default */
    QueryParameters(DicomWebLimits limits) {
        this.limits = limits;
        this.limit = limits.maxMatches();
    }

    /** @throws ArchiveException INVALID_QUERY naming the parameter */
    QueryParameters read(Map<String, String[]> parameters) {
        parameters.forEach((name, values) -> {
            switch (name) {
                case "accept", "charset" -> {}
                case "includefield" -> List.of(values).forEach(this::include);
                case "limit" -> limit = Math.min(limit, number(name, single(name, values), 0, Integer.MAX_VALUE));
                case "offset" -> offset = number(name, single(name, values), 0, limits.maxOffset());
                case "fuzzymatching" -> fuzzy = truth(name, single(name, values));
                case "emptyvaluematching" -> emptyValues = truth(name, single(name, values));
                case "multiplevaluematching" -> multipleValues = truth(name, single(name, values));
                case "minimumPosition" -> minimum(single(name, values));
                default -> key(name, values);
            }
        });
        return this;
    }

    /** Patient IDs may say whose they are, and rows must. */
    void qualified() {
        included.add(Tags.ISSUER_OF_PATIENT_ID);
        included.add(Tags.PATIENT_ID);
        List<Integer> patientId = List.of(Tags.PATIENT_ID);
        for (MatchingKey key : List.copyOf(keys)) {
            Optional<String> issuer =
                    key.path().equals(patientId) ? QualifiedIdentifier.issuer(key.value()) : Optional.empty();
            if (issuer.isPresent()) {
                keys.remove(key);
                keys.add(new MatchingKey(patientId, key.vr(), QualifiedIdentifier.id(key.value())));
                keys.add(new MatchingKey(List.of(Tags.ISSUER_OF_PATIENT_ID), Vr.LO, issuer.get()));
            }
        }
    }

    void minimum(String text) {
        if (!text.matches("-1|\\d{1,18}")) {
            throw invalid("minimum position");
        }
        minimum = new LocalPosition(Long.parseLong(text));
    }

    /**
     * What the path names. The access record says it: no parameter may name another one.
     *
     * @throws ArchiveException INVALID_QUERY
     */
    void scope(int tag, String uid) {
        List<Integer> path = List.of(tag);
        for (MatchingKey key : keys) {
            if (key.path().equals(path) && !key.value().strip().equals(uid)) {
                throw invalid("parameter " + Tags.hex(tag) + " is not what the path names");
            }
        }
        keys.removeIf(key -> key.path().equals(path));
        keys.add(new MatchingKey(path, Vr.UI, uid));
    }

    ArchiveQuery query(QueryLevel level, String localIssuer) {
        List<MatchingKey> asked = keys.stream()
                .map(key -> new MatchingKey(key.path(), key.vr(), key.value(), extended(key)))
                .toList();
        return new ArchiveQuery(level, asked, localIssuer, fuzzy, included, includeAll, offset, limit, minimum);
    }

    /** PS3.18 §8.3.4.5, §8.3.4.6: false unless asked for. */
    private Set<Extended> extended(MatchingKey key) {
        Set<Extended> extended = EnumSet.noneOf(Extended.class);
        if (emptyValues) {
            extended.add(Extended.EMPTY_VALUE);
        }
        if (multipleValues && isMultiple(key)) {
            extended.add(Extended.MULTIPLE_VALUES);
        }
        return extended;
    }

    /** Which attributes have Multiple Value Matching: PS3.4 §C.2.2.2.8. */
    private static boolean isMultiple(MatchingKey key) {
        boolean ofOneValue = Dictionary.entry(key.path().getLast())
                .map(Dictionary.Entry::vm)
                .filter(vm -> !vm.equals("1"))
                .isEmpty();
        return !ofOneValue
                && switch (key.vr()) {
                    case AE, AS, AT, CS, LO, PN, SH, UC -> true;
                    default -> false;
                };
    }

    private void key(String name, String[] values) {
        List<Integer> path = path(name);
        if (keys.size() >= limits.maxKeys()) {
            throw invalid("more than " + limits.maxKeys() + " keys");
        }
        Vr vr = Dictionary.vr(path.getLast());
        // A list of UIDs comes with commas, or as several parameters; queries take it with backslashes.
        String value = vr == Vr.UI ? String.join("\\", values).replace(',', '\\') : single(name, values);
        keys.add(new MatchingKey(path, vr, value));
    }

    private void include(String list) {
        for (String field : list.split(",")) {
            if (field.strip().equalsIgnoreCase("all")) {
                includeAll = true;
            } else if (!field.isBlank()) {
                included.add(path(field.strip()).getFirst());
            }
        }
        if (included.size() > MAX_INCLUDED) {
            throw invalid("includefield: more than " + MAX_INCLUDED);
        }
    }

    private List<Integer> path(String name) {
        String[] steps = name.split("\\.", -1);
        if (steps.length > MAX_PATH) {
            throw invalid("attribute path too long");
        }
        List<Integer> path = new ArrayList<>();
        for (String step : steps) {
            path.add(Dictionary.tag(step)
                    .orElseThrow(() -> invalid("parameter '" + shown(step) + "' is no DICOM keyword or tag")));
        }
        return path;
    }

    private static String single(String name, String[] values) {
        if (values.length != 1) {
            throw invalid("parameter '" + shown(name) + "' is given more than once");
        }
        return values[0];
    }

    private static int number(String name, String text, int min, int max) {
        if (text.matches("\\d{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw invalid(name + " is a number from " + min);
    }

    private static boolean truth(String name, String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(name + " is true or false");
        };
    }

    /** Names of parameters come back to their sender; only harmless characters of them, and not many. */
    private static String shown(String name) {
        String cut = name.length() > 64 ? name.substring(0, 64) : name;
        return cut.replaceAll("[^A-Za-z0-9._-]", "?");
    }

    private static ArchiveException invalid(String subject) {
        return new ArchiveException(ArchiveError.INVALID_QUERY, subject);
    }
}

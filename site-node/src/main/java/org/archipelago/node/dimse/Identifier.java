package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;

/** The identifier of a query or retrieval, checked against its information model (PS3.4 §C.4.1.1, §C.4.2.1, §C.4.3.1). */
record Identifier(QueryLevel level, AttributeSet attributes) {
    private static final int MAX_DESCRIPTION_CHARS = 4096;
    /** Done unasked: no object has two quotation marks for a value. */
    private static final Set<MatchingKey.Extended> EXTENDED = Set.of(MatchingKey.Extended.EMPTY_VALUE);

    /** @throws ArchiveException IDENTIFIER_MISMATCH the level is none of the model's */
    static Identifier of(AttributeSet attributes, InformationModel model) {
        String name = attributes
                .text(Tags.QUERY_RETRIEVE_LEVEL)
                .map(t -> t.strip().toUpperCase(Locale.ROOT))
                .orElse("");
        QueryLevel level = model.levels().stream()
                .filter(l -> l.name().equals(name))
                .findFirst()
                .orElseThrow(() -> mismatch("(0008,0052) Query/Retrieve Level"));
        return new Identifier(level, attributes);
    }

    /**
     * Hierarchical search (PS3.4 §C.4.1.2.1, §C.4.1.3.1.1): one value for each unique key above the level, none below.
     *
     * @throws ArchiveException IDENTIFIER_MISMATCH
     */
    Identifier requireHierarchy(InformationModel model) {
        int at = model.levels().indexOf(level);
        for (QueryLevel above : model.levels().subList(0, at)) {
            int tag = InformationModel.uniqueKey(above);
            String value = joined(tag);
            if (value.isEmpty() || value.contains("\\") || isWild(value)) {
                throw mismatch("one value of " + Tags.hex(tag) + " is needed at this level");
            }
        }
        requireNoneBelow(model.levels());
        return this;
    }

    /** @throws ArchiveException IDENTIFIER_MISMATCH */
    static Identifier forRetrieval(AttributeSet attributes, InformationModel model) {
        Identifier identifier = of(attributes, model);
        identifier.requireRetrieval();
        return identifier;
    }

    /**
     * What a retrieval names (PS3.4 §C.4.2.1.4, §C.4.2.2.1): the level's unique key, at most one value for each above it,
     * none below. One above that is left out is no restriction: a UID says it all.
     */
    private void requireRetrieval() {
        int own = InformationModel.uniqueKey(level);
        List<QueryLevel> all = InformationModel.PATIENT_ROOT.levels();
        if (joined(own).isEmpty()) {
            throw mismatch(Tags.hex(own) + " is needed at this level");
        }
        for (QueryLevel above : all.subList(0, all.indexOf(level))) {
            requireAtMostOne(InformationModel.uniqueKey(above));
        }
        if (level == QueryLevel.PATIENT) {
            requireAtMostOne(own);
        }
        requireAtMostOne(Tags.ISSUER_OF_PATIENT_ID);
        requireNoneBelow(all);
    }

    private void requireAtMostOne(int tag) {
        String value = joined(tag);
        if (value.contains("\\") || isWild(value)) {
            throw mismatch("at most one value of " + Tags.hex(tag) + " at this level");
        }
    }

    private void requireNoneBelow(List<QueryLevel> levels) {
        for (QueryLevel below : levels.subList(levels.indexOf(level) + 1, levels.size())) {
            int tag = InformationModel.uniqueKey(below);
            if (!joined(tag).isEmpty()) {
                throw mismatch(Tags.hex(tag) + " is below this level");
            }
        }
    }

    private static boolean isWild(String value) {
        return value.contains("*") || value.contains("?");
    }

    private static ArchiveException mismatch(String subject) {
        return new ArchiveException(ArchiveError.IDENTIFIER_MISMATCH, subject);
    }

    /** All values of a unique key, empty ones left out (PS3.4 §C.2.2.2.2, list of UID matching). */
    List<String> values(int tag) {
        return values(attributes, tag);
    }

    static List<String> values(AttributeSet attributes, int tag) {
        return attributes.get(tag).stream()
                .flatMap(a -> a.values().stream())
                .map(Identifier::text)
                .map(String::strip)
                .filter(v -> !v.isEmpty())
                .toList();
    }

    private String joined(int tag) {
        return String.join("\\", values(tag));
    }

    Optional<String> value(int tag) {
        return values(tag).stream().findFirst();
    }

    /** The keys that restrict; empty ones are universal matching (PS3.4 §C.2.2.2.3) and restrict nothing. */
    List<MatchingKey> matchingKeys() {
        return matchingKeys(attributes);
    }

    private static List<MatchingKey> matchingKeys(AttributeSet attributes) {
        List<MatchingKey> keys = new ArrayList<>();
        attributes.attributes().forEach((tag, attribute) -> {
            if (!isControl(tag)) {
                collect(List.of(tag), attribute, keys);
            }
        });
        return keys;
    }

    private static void collect(List<Integer> path, Attribute attribute, List<MatchingKey> keys) {
        List<String> texts = new ArrayList<>();
        for (Value value : attribute.values()) {
            if (value instanceof Value.Item(AttributeSet item)) {
                item.attributes().forEach((tag, inner) -> {
                    List<Integer> deeper = new ArrayList<>(path);
                    deeper.add(tag);
                    collect(deeper, inner, keys);
                });
            } else {
                boolean isTag = attribute.vr() == Vr.AT;
                texts.add(isTag && value instanceof Value.Numeric(var tag) ? Tags.hex(tag.intValue()) : text(value));
            }
        }
        String joined = String.join("\\", texts);
        if (!joined.isBlank()) {
            keys.add(new MatchingKey(path, attribute.vr(), joined, EXTENDED));
        }
    }

    private static String text(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Numeric(var number) -> number.toPlainString();
            case Value.Name(var name) ->
                (name.alphabetic() + "=" + name.ideographic() + "=" + name.phonetic()).replaceAll("=+$", "");
            case Value.Item _, Value.Inline _, Value.Bulk _ -> "";
        };
    }

    /** Whether there are keys with values that no matching of PS3.4 §C.2.2.2 is defined for: bytes. */
    boolean hasUnmatchableKeys() {
        return hasBytes(attributes);
    }

    private static boolean hasBytes(AttributeSet set) {
        return set.attributes().values().stream()
                .flatMap(a -> a.values().stream())
                .anyMatch(v -> switch (v) {
                    case Value.Inline _, Value.Bulk _ -> true;
                    case Value.Item(AttributeSet item) -> hasBytes(item);
                    case Value.Text _, Value.Numeric _, Value.Name _ -> false;
                });
    }

    /** Attributes that steer the exchange and are no keys (PS3.4 §C.4.1.1.3). */
    static boolean isControl(int tag) {
        return tag == Tags.QUERY_RETRIEVE_LEVEL
                || tag == Tags.SPECIFIC_CHARACTER_SET
                || tag == Tags.RETRIEVE_AE_TITLE
                || tag == Tags.INSTANCE_AVAILABILITY
                || tag == Tags.TIMEZONE_OFFSET_FROM_UTC
                || (tag & 0xFFFF) == 0;
    }

    /** The keys as asked, for the access history, checked or not. */
    static String description(String operation, AttributeSet attributes) {
        String level =
                attributes.text(Tags.QUERY_RETRIEVE_LEVEL).map(String::strip).orElse("(no level)");
        String keys = matchingKeys(attributes).stream()
                .map(k -> k.path().stream().map(Tags::hex).collect(Collectors.joining(".")) + "=" + k.value())
                .collect(Collectors.joining(" "));
        String all = operation + " " + level + " " + keys;
        return all.substring(0, Math.min(all.length(), MAX_DESCRIPTION_CHARS));
    }
}

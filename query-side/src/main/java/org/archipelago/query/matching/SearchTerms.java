package org.archipelago.query.matching;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.domain.patient.NameFolding;

/**
 * A data set as terms {@code ggggeeee=value} that queries match, {@code ggggeeee.ggggeeee=value} inside sequences.
 * A name has a term per component group and spelling, with {@code #1} to {@code #3} after the tag also per group. An identifier
 * has a term {@code ggggeeee@issuer=value}.
 *
 * @param any terms of every value
 * @param words the words of every name
 */
public record SearchTerms(Set<String> any, Set<String> words) {
    /** A hostile object could otherwise make a document of any size. */
    static final int MAX_TERMS = 8_000;

    /** What people look for first has terms whatever else there is. */
    private static final Set<Integer> FIRST = Set.of(
            Tags.STUDY_INSTANCE_UID,
            Tags.SERIES_INSTANCE_UID,
            Tags.PATIENT_ID,
            Tags.ISSUER_OF_PATIENT_ID,
            Tags.PATIENT_NAME,
            Tags.PATIENT_BIRTH_DATE,
            Tags.PATIENT_SEX,
            Tags.ACCESSION_NUMBER,
            Tags.STUDY_ID,
            Tags.STUDY_DATE,
            Tags.STUDY_TIME,
            Tags.STUDY_DESCRIPTION,
            Tags.MODALITY,
            Tags.MODALITIES_IN_STUDY,
            Tags.SERIES_NUMBER,
            Tags.SERIES_DESCRIPTION);

    /** All people of one Study UID have theirs in its document. */
    private static final int MAX_FIRST_TERMS = 200_000;

    private static final int MAX_FIRST_VALUES = 64;

    private static final int MAX_DEPTH = 4;
    private static final int TAG_CHARS = 8;
    private static final char OF_ISSUER = '@';

    public static SearchTerms none() {
        return new SearchTerms(new LinkedHashSet<>(), new LinkedHashSet<>());
    }

    public static SearchTerms of(AttributeSet attributes) {
        SearchTerms terms = none();
        terms.add("", attributes, 1);
        return terms;
    }

    /** Of several data sets: what any of them would match. */
    public static SearchTerms of(Collection<AttributeSet> sets) {
        SearchTerms terms = none();
        sets.forEach(terms::addFirst);
        sets.forEach(attributes -> terms.add("", attributes, 1));
        return terms;
    }

    private void addFirst(AttributeSet attributes) {
        for (int tag : FIRST) {
            attributes.get(tag).stream()
                    .flatMap(attribute -> attribute.values().stream()
                            .limit(MAX_FIRST_VALUES)
                            .map(value -> new Attribute(attribute.vr(), List.of(value))))
                    .forEach(one -> add(Tags.hex(tag), one, 1, MAX_FIRST_TERMS));
        }
    }

    /**
     * Adds an identifier together with its issuer, so that neither matches beside one of another.
     *
     * @param issuer empty when nobody knows it
     */
    public void addIdentifier(int tag, String issuer, String identifier) {
        any.add(identifierField(tag, issuer) + "=" + Normal.value(Vr.LO, identifier));
    }

    /** The field of identifiers of one issuer; free of what conditions give a meaning to. */
    public static String identifierField(int tag, String issuer) {
        String plain = Normal.value(Vr.LO, issuer)
                .replace('=', '\u0001')
                .replace('*', '\u0002')
                .replace('?', '\u0003')
                .replace('\\', '\u0004');
        return Tags.hex(tag) + OF_ISSUER + plain;
    }

    /** @param field or a term of it */
    static boolean isOfIdentifier(String field) {
        return field.length() > TAG_CHARS && field.charAt(TAG_CHARS) == OF_ISSUER;
    }

    /**
     * Only those under one path: cheaper where few keys are asked of many instances.
     *
     * @param depth steps of the path that have been gone already, to these attributes
     */
    static SearchTerms under(AttributeSet attributes, List<Integer> path, int depth) {
        SearchTerms terms = none();
        String prefix = depth == 0 ? "" : field(path.subList(0, depth)) + ".";
        terms.follow(prefix, attributes, path.subList(depth, path.size()));
        return terms;
    }

    static String field(Collection<Integer> path) {
        StringBuilder field = new StringBuilder();
        for (int tag : path) {
            field.append(field.isEmpty() ? "" : ".").append(Tags.hex(tag));
        }
        return field.toString();
    }

    private void follow(String prefix, AttributeSet attributes, List<Integer> path) {
        Optional<Attribute> found = attributes.get(path.getFirst());
        if (found.isEmpty()) {
            return;
        }
        String field = prefix + Tags.hex(path.getFirst());
        if (path.size() == 1) {
            add(field, found.get(), 1);
            return;
        }
        for (Value value : found.get().values()) {
            if (value instanceof Value.Item item) {
                follow(field + ".", item.attributes(), path.subList(1, path.size()));
            }
        }
    }

    private void add(String prefix, AttributeSet attributes, int depth) {
        for (Map.Entry<Integer, Attribute> entry : attributes.attributes().entrySet()) {
            add(prefix + Tags.hex(entry.getKey()), entry.getValue(), depth);
        }
    }

    private void add(String field, Attribute attribute, int depth) {
        add(field, attribute, depth, MAX_TERMS);
    }

    private void add(String field, Attribute attribute, int depth, int mostTerms) {
        for (Value value : attribute.values()) {
            if (any.size() >= mostTerms) {
                return;
            }
            switch (value) {
                case Value.Text text -> addText(field, attribute.vr(), text.text());
                case Value.Numeric numeric ->
                    addText(field, attribute.vr(), Normal.text(attribute.vr(), numeric.number()));
                case Value.Name name -> addName(field, name.name());
                case Value.Item item -> {
                    if (depth < MAX_DEPTH) {
                        add(field + ".", item.attributes(), depth + 1);
                    }
                }
                case Value.Inline _, Value.Bulk _ -> {} // bytes have no matching (PS3.4 §C.2.2.2)
            }
        }
    }

    private void addText(String field, Vr vr, String raw) {
        String normal = Normal.value(vr, raw);
        if (!normal.isEmpty()) {
            any.add(field + "=" + normal);
        }
    }

    private void addName(String field, PersonName name) {
        addGroup(field, 1, name.alphabetic());
        addGroup(field, 2, name.ideographic());
        addGroup(field, 3, name.phonetic());
    }

    private void addGroup(String field, int number, String group) {
        String trimmed = NameFolding.group(group);
        if (trimmed.isEmpty()) {
            return;
        }
        for (String folded : NameFolding.variants(trimmed)) {
            String bounded = folded.substring(0, Math.min(folded.length(), Normal.MAX_LENGTH_CHARS));
            any.add(field + "=" + bounded);
            any.add(field + "#" + number + "=" + bounded);
            NameFolding.words(bounded).forEach(word -> words.add(field + "=" + word));
        }
    }
}

package org.archipelago.domain.patient;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.study.EventAttributes;

/**
 * What an object says of who its patient is: identifier, name, birth date and sex. Where no identifier tells people apart,
 * these do. A name that stands for not knowing one is none.
 */
public final class PersonDescription {
    private static final Set<Integer> TAGS = Set.of(
            Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.PATIENT_NAME, Tags.PATIENT_BIRTH_DATE, Tags.PATIENT_SEX);
    /** Any other value, such as O, stands for not knowing as well. */
    private static final Set<String> TELLING_SEXES = Set.of("M", "F");

    /** Folded, without delimiters. */
    static final Set<String> NO_NAMES = Set.of(
            "anon",
            "anonym",
            "anonymised",
            "anonymized",
            "anonymous",
            "na",
            "name",
            "noname",
            "none",
            "patient",
            "unknown",
            "unknownunknown",
            "unnamed",
            "xxx");

    private static final List<Function<PersonName, String>> NAME_GROUPS =
            List.of(PersonName::alphabetic, PersonName::ideographic, PersonName::phonetic);

    private final AttributeSet attributes;
    private final List<Set<String>> names;
    private final GivenName givenName;
    private final GivenName ideographicGivenName;
    private final Optional<String> birthDate;
    private final Optional<String> sex;
    private final String text;

    PersonDescription(AttributeSet attributes) {
        this.attributes = attributes;
        this.names = NAME_GROUPS.stream().map(group -> name(attributes, group)).toList();
        this.givenName = GivenName.of(names.getFirst().isEmpty() ? "" : written(attributes, PersonName::alphabetic));
        this.ideographicGivenName =
                GivenName.of(names.get(1).isEmpty() ? "" : written(attributes, PersonName::ideographic));
        this.birthDate = BirthDate.of(attributes);
        this.sex = attributes.text(Tags.PATIENT_SEX).map(String::strip).filter(TELLING_SEXES::contains);
        this.text = names.stream().map(spelled -> String.join("/", spelled)).collect(Collectors.joining("=")) + "|"
                + birthDate.orElse("") + "|" + sex.orElse("");
    }

    public static boolean contains(int tag) {
        return TAGS.contains(tag);
    }

    /** As far as an object has values for it, and an event may carry them. */
    public static PersonDescription of(AttributeSet object) {
        return new PersonDescription(EventAttributes.bounded(
                object,
                tag -> TAGS.contains(tag)
                        && object.get(tag).filter(EventAttributes::hasValue).isPresent()));
    }

    AttributeSet attributes() {
        return attributes;
    }

    /** Whether the two cannot be one person: another name, birth date or sex. The identifier is not looked at. */
    public boolean contradicts(PersonDescription other) {
        for (int group = 0; group < names.size(); group++) {
            if (namesDiffer(names.get(group), other.names.get(group))) {
                return true;
            }
        }
        return differ(birthDate, other.birthDate) || differ(sex, other.sex);
    }

    /**
     * Whether the two cannot be one human being although they have one identifier: where birth date and sex agree another name is
     * a reason only if the given name is another, since family names change.
     */
    public boolean isOfAnother(PersonDescription other) {
        boolean agree =
                birthDate.isPresent() && birthDate.equals(other.birthDate) && sex.isPresent() && sex.equals(other.sex);
        return agree ? !agrees(other) && hasAnotherGivenName(other) : contradicts(other);
    }

    /** Whether it may be of this person, described so under one identifier. A name that was changed fits where it is known. */
    boolean isOneOf(Collection<PersonDescription> person) {
        return person.stream().noneMatch(this::isOfAnother) || person.stream().anyMatch(this::isTheSameAs);
    }

    private boolean isTheSameAs(PersonDescription other) {
        return agrees(other) && !contradicts(other);
    }

    /** Where not both have an alphabetic one, the ideographic ones tell. */
    private boolean hasAnotherGivenName(PersonDescription other) {
        boolean areAlphabetic = givenName.isKnown() && other.givenName.isKnown();
        return areAlphabetic
                ? givenName.isOfAnother(other.givenName)
                : ideographicGivenName.isOfAnother(other.ideographicGivenName);
    }

    /** Whether the two have a name in common: many people share a birth date, and half of all a sex. */
    public boolean agrees(PersonDescription other) {
        for (int group = 0; group < names.size(); group++) {
            if (names.get(group).stream().anyMatch(other.names.get(group)::contains)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it has no name. */
    public boolean tellsNobody() {
        return names.stream().allMatch(Set::isEmpty);
    }

    /** How much it says: two for a name, one each for birth date and sex. */
    int telling() {
        return (tellsNobody() ? 0 : 2) + (birthDate.isPresent() ? 1 : 0) + (sex.isPresent() ? 1 : 0);
    }

    /** The same for descriptions that tell the same. */
    public String text() {
        return text;
    }

    private static boolean differ(Optional<String> one, Optional<String> other) {
        return one.isPresent() && other.isPresent() && !one.equals(other);
    }

    private static boolean namesDiffer(Set<String> one, Set<String> other) {
        return !one.isEmpty() && !other.isEmpty() && one.stream().noneMatch(other::contains);
    }

    /** In every spelling that stands for it; empty where there is none. */
    private static Set<String> name(AttributeSet attributes, Function<PersonName, String> group) {
        String text = written(attributes, group);
        Set<String> spelled = new TreeSet<>();
        for (String variant : NameFolding.variants(text)) {
            List<String> words = NameFolding.words(variant);
            if (!words.isEmpty() && !NO_NAMES.contains(String.join("", words))) {
                spelled.add(String.join(" ", words));
            }
        }
        return spelled;
    }

    private static String written(AttributeSet attributes, Function<PersonName, String> group) {
        Optional<Value> first = attributes.get(Tags.PATIENT_NAME).map(Attribute::values).stream()
                .flatMap(List::stream)
                .findFirst();
        return NameFolding.group(
                switch (first.orElse(new Value.Text(""))) {
                    case Value.Name(PersonName name) -> group.apply(name);
                    case Value.Text(String whole) -> whole;
                    case Value.Numeric _, Value.Item _, Value.Inline _, Value.Bulk _ -> "";
                });
    }
}

package org.archipelago.domain.patient;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.study.EventAttributes;

/**
 * What an object says of who its patient is: identifier, name, birth date and sex. Where no identifier tells people apart,
 * these do, and only by contradicting: who says less may be the same person.
 */
public record PersonDescription(AttributeSet attributes) {
    private static final Set<Integer> TAGS = Set.of(
            Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.PATIENT_NAME, Tags.PATIENT_BIRTH_DATE, Tags.PATIENT_SEX);
    /** Any other value, such as O, stands for not knowing as well. */
    private static final Set<String> TELLING_SEXES = Set.of("M", "F");

    private static final List<Function<PersonName, String>> NAME_GROUPS =
            List.of(PersonName::alphabetic, PersonName::ideographic, PersonName::phonetic);

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

    /** Whether the two cannot be one person: another name, birth date or sex. The identifier is not looked at. */
    public boolean contradicts(PersonDescription other) {
        return NAME_GROUPS.stream().anyMatch(group -> namesDiffer(name(group), other.name(group)))
                || differ(birthDate(), other.birthDate())
                || differ(sex(), other.sex());
    }

    /**
     * Whether the two cannot be one human being although they have one identifier: another name is no reason where birth date
     * and sex agree, since names change.
     */
    public boolean isOfAnother(PersonDescription other) {
        boolean agree = birthDate().isPresent()
                && birthDate().equals(other.birthDate())
                && sex().isPresent()
                && sex().equals(other.sex());
        return !agree && contradicts(other);
    }

    /**
     * Whether the two have a name or a birth date in common, as one person has. A sex alone is shared by half of all people.
     * The identifier is not looked at.
     */
    public boolean agrees(PersonDescription other) {
        return NAME_GROUPS.stream().anyMatch(group -> name(group).stream().anyMatch(other.name(group)::contains))
                || birthDate().isPresent() && birthDate().equals(other.birthDate());
    }

    /** Whether there is neither a name nor a birth date. The identifier is not looked at. */
    public boolean tellsNobody() {
        return NAME_GROUPS.stream().allMatch(group -> name(group).isEmpty())
                && birthDate().isEmpty();
    }

    private static boolean differ(Optional<String> one, Optional<String> other) {
        return one.isPresent() && other.isPresent() && !one.equals(other);
    }

    private static boolean namesDiffer(Set<String> one, Set<String> other) {
        return !one.isEmpty() && !other.isEmpty() && one.stream().noneMatch(other::contains);
    }

    /** In every spelling that stands for it; empty where there is none. */
    private Set<String> name(Function<PersonName, String> group) {
        Optional<Value> first = attributes.get(Tags.PATIENT_NAME).map(Attribute::values).stream()
                .flatMap(List::stream)
                .findFirst();
        String text = NameFolding.group(
                switch (first.orElse(new Value.Text(""))) {
                    case Value.Name(PersonName name) -> group.apply(name);
                    case Value.Text(String whole) -> whole;
                    case Value.Numeric _, Value.Item _, Value.Inline _, Value.Bulk _ -> "";
                });
        return text.isEmpty() ? Set.of() : new TreeSet<>(NameFolding.variants(text));
    }

    /** Whether written as in PS3.5 §6.2 or, as before 1993, with dots. */
    private Optional<String> birthDate() {
        return attributes
                .text(Tags.PATIENT_BIRTH_DATE)
                .map(date -> date.replace(".", "").strip())
                .filter(date -> !date.isEmpty());
    }

    private Optional<String> sex() {
        return attributes.text(Tags.PATIENT_SEX).map(String::strip).filter(TELLING_SEXES::contains);
    }
}

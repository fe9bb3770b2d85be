package org.archipelago.node.portal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.HeldVersion;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.Retrieval.Scope;

/**
 * What a person needs to decide on a conflict.
 *
 * @param versions that may be chosen, the current one first; empty where the conflict is about no single instance's versions
 * @param differences of attributes between the current version and the one that waits
 * @param more whether there are further ones
 * @param readable whether both could be read
 */
record OpenDecision(
        StudyConflicts.Open open,
        List<HeldVersion> versions,
        List<Difference> differences,
        boolean more,
        boolean readable) {
    private static final int MAX_DIFFERENCES = 30;
    private static final int MAX_CHARS = 80;

    /** One attribute, as text. */
    record Difference(String name, String current, String later) {}

    static OpenDecision of(StudyInstanceUid study, StudyConflicts.Open open, Retrieval retrieval) {
        if (open.challenger().isEmpty()) {
            return new OpenDecision(open, List.of(), List.of(), false, true);
        }
        SopInstanceUid instance = open.instance().orElseThrow();
        List<HeldVersion> versions = retrieval.versions(study, instance).stream()
                .filter(version -> version.role() != HeldVersion.Role.RENDITION)
                .toList();
        try {
            List<Difference> all =
                    differences(study, instance, open.challenger().get(), retrieval);
            return new OpenDecision(
                    open, versions, all.stream().limit(MAX_DIFFERENCES).toList(), all.size() > MAX_DIFFERENCES, true);
        } catch (ArchiveException e) {
            StudyDetails.requireDamage(e);
            return new OpenDecision(open, versions, List.of(), false, false);
        }
    }

    /** Whose values the decision shows: those of the version that waits may be another patient's than the study's. */
    static Set<PatientRecordId> patients(StudyInstanceUid study, StudyConflicts.Open open, Retrieval retrieval) {
        return open.challenger()
                .map(challenger -> {
                    HeldInstance held = held(study, open.instance().orElseThrow(), retrieval);
                    return retrieval.patientsOf(
                            List.of(held, held.leaving(challenger).orElseThrow()));
                })
                .orElse(Set.of());
    }

    private static HeldInstance held(StudyInstanceUid study, SopInstanceUid instance, Retrieval retrieval) {
        return retrieval
                .select(new Scope(study, Optional.empty(), Optional.of(instance)))
                .getFirst();
    }

    private static List<Difference> differences(
            StudyInstanceUid study, SopInstanceUid instance, VersionId challenger, Retrieval retrieval) {
        HeldInstance held = held(study, instance, retrieval);
        AttributeSet current = retrieval.metadata(held);
        AttributeSet later = retrieval.metadata(held.leaving(challenger).orElseThrow());
        TreeSet<Integer> tags = new TreeSet<>(Integer::compareUnsigned);
        tags.addAll(current.attributes().keySet());
        tags.addAll(later.attributes().keySet());
        List<Difference> differences = new ArrayList<>();
        for (int tag : tags) {
            if (!isSame(current.get(tag), later.get(tag))) {
                differences.add(new Difference(name(tag), text(current, tag), text(later, tag)));
            }
        }
        return differences;
    }

    /** Where bulk data lies in a version says nothing. */
    private static boolean isSame(Optional<Attribute> one, Optional<Attribute> other) {
        return one.equals(other)
                || (bulkLength(one).isPresent() && bulkLength(one).equals(bulkLength(other)));
    }

    private static OptionalLong bulkLength(Optional<Attribute> attribute) {
        return attribute.map(Attribute::values).orElse(List.of()).stream()
                .filter(Value.Bulk.class::isInstance)
                .mapToLong(value -> ((Value.Bulk) value).lengthBytes())
                .findFirst();
    }

    private static String name(int tag) {
        return Dictionary.entry(tag)
                .map(Dictionary.Entry::name)
                .orElseGet(() -> "(%04X,%04X)".formatted(tag >>> 16, tag & 0xFFFF));
    }

    private static String text(AttributeSet set, int tag) {
        if (!set.contains(tag)) {
            return "absent";
        }
        String text = set.get(tag).map(Attribute::values).orElse(List.of()).stream()
                .flatMap(OpenDecision::text)
                .collect(Collectors.joining("\\"));
        return text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + "…" : text;
    }

    private static Stream<String> text(Value value) {
        return Stream.of(
                switch (value) {
                    case Value.Text(String text) -> text;
                    case Value.Name(PersonName name) ->
                        Stream.of(name.alphabetic(), name.ideographic(), name.phonetic())
                                .filter(group -> !group.isEmpty())
                                .collect(Collectors.joining("="));
                    case Value.Numeric numeric -> numeric.number().toString();
                    case Value.Item item -> item.attributes().size() + " attributes";
                    case Value.Inline inline -> inline.bytes().length + " bytes";
                    case Value.Bulk bulk -> bulk.lengthBytes() + " bytes";
                });
    }
}

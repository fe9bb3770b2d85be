package org.archipelago.domain.study;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.domain.patient.StudyPeople;

/**
 * What a {@link Study} decides by, in place of the events that led to it. Only a cache of them: rebuilt when it cannot be
 * read. Made of records, lists, optionals and the contract's types alone, so the mapper of events writes it too. Some 300
 * bytes an instance before compression.
 *
 * @param people whose objects carry the study's UID; versions name them by index
 * @param furtherPeople what objects say of them, from the second on
 * @param baseline of the study, and of the first of its people
 * @param accessions orders that it belongs to
 * @param sources who sent; versions name them by index
 * @param elsewhere instances known to be in another study copy too
 */
public record StudySnapshot(
        StudyCopyId study,
        StudyInstanceUid studyInstanceUid,
        List<StudyPeople.Person> people,
        List<Series> furtherPeople,
        KeyId pixelKey,
        Series baseline,
        List<AccessionIdentifier> accessions,
        List<Series> series,
        List<Actor> sources,
        List<Instance> instances,
        List<Conflict> openConflicts,
        int lastConflict,
        List<Elsewhere> elsewhere,
        boolean held,
        boolean settled) {

    /**
     * A baseline.
     *
     * @param uid empty for the study's
     * @param values of attributes that are not known to be of single instances: the first of each, the second of each, ...
     * @param based of what describes, the attributes of which the baseline has a value
     * @param varied attributes that turned out to be of single instances
     * @param differing the first values of those that instances carry themselves
     * @param bytes estimate of all values ever named in events
     */
    public record Series(
            Optional<SeriesInstanceUid> uid,
            List<AttributeSet> values,
            Set<Integer> based,
            Set<Integer> varied,
            AttributeSet differing,
            int bytes,
            int currentInstances) {}

    /**
     * @param decided whether a conflict about it was ever resolved
     * @param others older ones, renditions and challengers, in order of arrival
     */
    public record Instance(
            Instant firstStoredAt, boolean committed, boolean decided, Version current, List<Version> others) {}

    /**
     * @param series index into {@link StudySnapshot#series}
     * @param source index into {@link StudySnapshot#sources}
     * @param person index into {@link StudySnapshot#people}
     * @param says which of the named values it has
     * @param renditionOf the version that it has the content of, itself no rendition
     */
    public record Version(
            StoredObject object,
            int series,
            int source,
            int person,
            NamedValues says,
            Optional<VersionId> renditionOf) {
        /** Equal for versions that differ in encoding alone. */
        VersionId content() {
            return renditionOf.orElseGet(object::version);
        }
    }

    /** @param sopInstanceUid present when it can be resolved by choosing a version */
    public record Conflict(ConflictId id, ConflictKind kind, Optional<SopInstanceUid> sopInstanceUid) {}

    public record Elsewhere(SopInstanceUid sopInstanceUid, StudyCopyId other) {}
}

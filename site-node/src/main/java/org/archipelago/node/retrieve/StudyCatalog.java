package org.archipelago.node.retrieve;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.domain.study.StudyReader;

/** What study copies hold, straight from the log and so never behind it; what was read before is kept and read on from. Thread-safe. */
public final class StudyCatalog {
    private final StudyReader reader;
    private final Function<StudyInstanceUid, StudyCopyId> copies;
    private final StudyClaims claims;
    private final Function<String, List<StreamId>> claimHolders;
    private final Predicate<StudyCopyId> isReadable;
    private final RecentStudies recent;

    /**
     * @param claimHolders the log's table of claims
     * @param isReadable whether the study copy's index key is there; cheap. Without it nothing is remembered either
     * @param recent what was read before
     */
    public StudyCatalog(
            StudyReader reader,
            StreamNames names,
            Function<String, List<StreamId>> claimHolders,
            Predicate<StudyCopyId> isReadable,
            RecentStudies recent) {
        this(reader, names::study, new StudyClaims(names), claimHolders, isReadable, recent);
    }

    private StudyCatalog(
            StudyReader reader,
            Function<StudyInstanceUid, StudyCopyId> copies,
            StudyClaims claims,
            Function<String, List<StreamId>> claimHolders,
            Predicate<StudyCopyId> isReadable,
            RecentStudies recent) {
        this.reader = reader;
        this.copies = copies;
        this.claims = claims;
        this.claimHolders = claimHolders;
        this.isReadable = isReadable;
        this.recent = recent;
    }

    /** The same, where every study is looked for in this copy: which copy of which site is meant, no UID says. */
    public StudyCatalog of(StudyCopyId copy) {
        return new StudyCatalog(reader, _ -> copy, claims, claimHolders, isReadable, recent);
    }

    /** Whether it is here or not. */
    StudyCopyId copyOf(StudyInstanceUid study) {
        return copies.apply(study);
    }

    /** Empty when there is no such study here. An erased one is there, and says so. */
    public Optional<StudyContents> study(StudyInstanceUid study) {
        return study(copies.apply(study))
                .filter(contents -> contents.isErased()
                        || contents.studyInstanceUid().filter(study::equals).isPresent());
    }

    public Optional<StudyContents> study(StudyCopyId copy) {
        if (!isReadable.test(copy)) {
            recent.forget(copy);
        }
        StudyContents before = recent.find(copy).orElseGet(StudyContents::empty);
        StudyContents now = reader.readOn(copy, before);
        if (!now.exists()) {
            return Optional.empty();
        }
        if (now != before) {
            recent.keep(copy, now);
        }
        return Optional.of(now);
    }

    /** Everyone identified who has a current object, else whom an object named first; nobody when it is unknown or erased. */
    public List<PatientRecordId> patientsOf(StudyCopyId copy) {
        Optional<StudyPeople> people = study(copy).map(StudyContents::people);
        List<PatientRecordId> present = people.stream()
                .flatMap(all -> all.present().stream().flatMap(person -> all.patientOf(person).stream()))
                .distinct()
                .toList();
        return present.isEmpty() ? people.flatMap(StudyPeople::patient).stream().toList() : present;
    }

    /** The first study copy that stored this instance, and has not been erased. */
    public Optional<StudyContents> holderOf(SopInstanceUid instance) {
        return holdersOf(instance).stream().findFirst();
    }

    /** Every study copy that holds this instance, the first to store it first: real senders give one UID to two studies. */
    public List<StudyContents> holdersOf(SopInstanceUid instance) {
        return claimHolders.apply(claims.claimName(instance)).stream()
                .map(stream -> study(new StudyCopyId(stream)))
                .flatMap(Optional::stream)
                .filter(contents -> contents.instance(instance).isPresent())
                .toList();
    }
}

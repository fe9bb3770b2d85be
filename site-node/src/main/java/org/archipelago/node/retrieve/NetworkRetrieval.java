package org.archipelago.node.retrieve;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A study as all sites together hold it. An instance that several hold is this site's, else that of the first site by its id; each leaves
 * with the corrections in force at the site that recorded it. A copy that cannot be read takes nothing from the others.
 */
public final class NetworkRetrieval implements Retrieval {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkRetrieval.class);

    private final SiteId site;
    private final Retrieval own;
    private final Function<StudyInstanceUid, List<StudyCopyId>> copies;
    private final Function<StudyCopyId, Retrieval> others;

    /**
     * @param copies those of other sites that can be read here, in a fixed order
     * @param others reads one of them
     */
    public NetworkRetrieval(
            SiteId site,
            Retrieval own,
            Function<StudyInstanceUid, List<StudyCopyId>> copies,
            Function<StudyCopyId, Retrieval> others) {
        this.site = site;
        this.own = own;
        this.copies = copies;
        this.others = others;
    }

    private Retrieval of(StudyCopyId copy) {
        return isOwn(copy) ? own : others.apply(copy);
    }

    private boolean isOwn(StudyCopyId copy) {
        return copy.stream().origin().equals(site);
    }

    private List<Retrieval> holding(StudyInstanceUid study) {
        return Stream.concat(Stream.of(own), copies.apply(study).stream().map(others))
                .toList();
    }

    private interface Reading<T> {
        T read(Retrieval from);
    }

    /** What each has; a refusal counts only where nobody has anything. */
    private <T> List<T> ofEach(StudyInstanceUid study, Reading<T> reading, Function<T, Boolean> isEmpty) {
        List<T> found = new ArrayList<>();
        Optional<ArchiveException> refusal = Optional.empty();
        for (Retrieval from : holding(study)) {
            try {
                T one = reading.read(from);
                if (!isEmpty.apply(one)) {
                    found.add(one);
                }
            } catch (ArchiveException e) {
                refusal = refusal.or(() -> Optional.of(e));
                LOG.debug("a copy of a study is left out: {}", e.getMessage());
            } catch (RuntimeException e) {
                if (from == own) {
                    throw e;
                }
                // What another site recorded does not fit together.
                LOG.warn("a copy of a study at another site cannot be read", e);
                refusal = refusal.or(
                        () -> Optional.of(new ArchiveException(ArchiveError.PEER_MISBEHAVED, "records of a study", e)));
            }
        }
        if (found.isEmpty() && refusal.isPresent()) {
            throw refusal.get();
        }
        return found;
    }

    @Override
    public List<HeldInstance> select(Scope scope) {
        Map<SopInstanceUid, HeldInstance> chosen = new LinkedHashMap<>();
        ofEach(scope.study(), from -> from.select(scope), List::isEmpty).stream()
                .flatMap(List::stream)
                .forEach(instance -> chosen.putIfAbsent(instance.current().sopInstanceUid(), instance));
        return List.copyOf(chosen.values());
    }

    private static Map<StudyCopyId, List<HeldInstance>> byCopy(Collection<HeldInstance> instances) {
        return instances.stream()
                .collect(Collectors.groupingBy(HeldInstance::copy, LinkedHashMap::new, Collectors.toList()));
    }

    @Override
    public List<HeldInstance> ofPatient(List<HeldInstance> instances, PatientIdentifier patient) {
        Set<HeldInstance> meant = new HashSet<>();
        byCopy(instances).forEach((copy, held) -> {
            if (isOwn(copy) || !IssuerDomain.isUnnamed(patient.issuer())) {
                meant.addAll(of(copy).ofPatient(held, patient));
            }
        });
        return instances.stream().filter(meant::contains).toList();
    }

    @Override
    public List<HeldPerson> people(StudyInstanceUid study) {
        return ofEach(study, from -> from.people(study), List::isEmpty).stream()
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public Set<PatientRecordId> patientsOf(List<HeldInstance> instances) {
        Set<PatientRecordId> patients = new LinkedHashSet<>();
        byCopy(instances).forEach((copy, held) -> patients.addAll(of(copy).patientsOf(held)));
        return patients;
    }

    @Override
    public List<HeldVersion> versions(StudyInstanceUid study, SopInstanceUid instance) {
        return ofEach(study, from -> from.versions(study, instance), List::isEmpty).stream()
                .flatMap(List::stream)
                .toList();
    }

    /** Of this site: others' objects are found by their study alone. */
    @Override
    public List<StudyInstanceUid> studiesOf(SopInstanceUid instance) {
        return own.studiesOf(instance);
    }

    @Override
    public HeldInstance leaving(HeldInstance instance) {
        return of(instance.copy()).leaving(instance);
    }

    @Override
    public OutgoingObject open(HeldInstance instance, List<TransferSyntaxUid> accepted) {
        return of(instance.copy()).open(instance, accepted);
    }

    @Override
    public void check(HeldInstance instance) {
        of(instance.copy()).check(instance);
    }

    @Override
    public void expect(List<HeldInstance> next) {
        byCopy(next).forEach((copy, held) -> of(copy).expect(held));
    }

    @Override
    public OutgoingObject openOriginal(HeldInstance instance, String version) {
        return of(instance.copy()).openOriginal(instance, version);
    }

    @Override
    public Metadata metadata(Scope scope) {
        List<AttributeSet> none = List.of();
        Stream<AttributeSet> sets = none.stream();
        List<SopInstanceUid> unreadable = new ArrayList<>();
        for (Map.Entry<StudyCopyId, List<HeldInstance>> one :
                byCopy(select(scope)).entrySet()) {
            Set<String> chosen = one.getValue().stream()
                    .map(held -> held.current().sopInstanceUid().value())
                    .collect(Collectors.toSet());
            Metadata part = of(one.getKey()).metadata(scope);
            sets = Stream.concat(
                    sets,
                    part.sets()
                            .filter(set -> set.text(Tags.SOP_INSTANCE_UID)
                                    .filter(chosen::contains)
                                    .isPresent()));
            part.unreadable().stream()
                    .filter(uid -> chosen.contains(uid.value()))
                    .forEach(unreadable::add);
        }
        return new Metadata(sets, unreadable);
    }

    @Override
    public AttributeSet metadata(HeldInstance instance) {
        return of(instance.copy()).metadata(instance);
    }

    @Override
    public Optional<String> revisionTag(Scope scope) {
        List<Optional<String>> tags = ofEach(scope.study(), from -> from.revisionTag(scope), Optional::isEmpty);
        return tags.isEmpty()
                ? Optional.empty()
                : Optional.of(Digest.sha256(tags.toString().getBytes(StandardCharsets.UTF_8))
                        .toString()
                        .substring(0, 32));
    }
}

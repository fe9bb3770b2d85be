package org.archipelago.node.dicomweb;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.DimseService;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.dicomweb.ObjectIntake.Announced;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.retrieve.Retrieval;

/** What became of one store request: the Store Instances Response Module (PS3.18 Annex I) and its status (PS3.18 §10.5.3). */
final class StoreResult {
    private static final int WARNING_REASON = 0x00081196;
    private static final int FAILURE_REASON = 0x00081197;
    private static final int FAILED_SOP_SEQUENCE = 0x00081198;
    private static final int REFERENCED_SOP_SEQUENCE = 0x00081199;
    private static final int OTHER_FAILURES_SEQUENCE = 0x0008119A;
    private static final int REFERENCED_SOP_CLASS_UID = 0x00081150;
    private static final int REFERENCED_SOP_INSTANCE_UID = 0x00081155;
    /** Data set does not match what was announced for it (PS3.4 Table B.2-1). */
    private static final int COERCED = 0xB007;

    private static final int MAX_EXPLANATIONS = 20;

    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;

    private final Addresses addresses;
    private final Retrieval retrieval;
    private final Optional<StudyInstanceUid> study;
    private final List<Value> referenced = new ArrayList<>();
    private final List<Value> failed = new ArrayList<>();
    private final List<Value> other = new ArrayList<>();
    private final List<ArchiveError> errors = new ArrayList<>();
    private final List<LocalPosition> positions = new ArrayList<>();
    private final List<String> explanations = new ArrayList<>();
    private boolean warned;
    private boolean cutShort;

    /** @param retrieval knows in which series an instance is */
    StoreResult(Addresses addresses, Retrieval retrieval, Optional<StudyInstanceUid> study) {
        this.addresses = addresses;
        this.retrieval = retrieval;
        this.study = study;
    }

    void stored(Ingested ingested) {
        Map<Integer, Attribute> item = new TreeMap<>();
        item.put(REFERENCED_SOP_CLASS_UID, uid(ingested.sopClassUid().value()));
        item.put(REFERENCED_SOP_INSTANCE_UID, uid(ingested.sopInstanceUid().value()));
        address(ingested)
                .ifPresent(url -> item.put(Tags.RETRIEVE_URL, new Attribute(Vr.UR, List.of(new Value.Text(url)))));
        if (ingested.uidCoerced()) {
            item.put(WARNING_REASON, number(COERCED));
            warned = true;
        }
        referenced.add(new Value.Item(AttributeSet.of(item)));
        positions.add(ingested.position());
    }

    /** Of the instance itself (PS3.18 Table I.2-1); a quarantined one has none. */
    private Optional<String> address(Ingested ingested) {
        return ingested.study()
                .flatMap(s ->
                        retrieval
                                .select(new Retrieval.Scope(
                                        s, Optional.empty(), Optional.of(ingested.sopInstanceUid())))
                                .stream()
                                .findFirst()
                                .map(held -> addresses.instance(s, held.series(), ingested.sopInstanceUid())));
    }

    void failed(Announced announced, ArchiveError error) {
        errors.add(error);
        Map<Integer, Attribute> item = new TreeMap<>();
        item.put(FAILURE_REASON, number(error.dimseStatus(DimseService.C_STORE)));
        if (announced.sopClass().isPresent() && announced.sopInstance().isPresent()) {
            item.put(REFERENCED_SOP_CLASS_UID, uid(announced.sopClass().get().value()));
            item.put(
                    REFERENCED_SOP_INSTANCE_UID,
                    uid(announced.sopInstance().get().value()));
            failed.add(new Value.Item(AttributeSet.of(item)));
        } else {
            other.add(new Value.Item(AttributeSet.of(item)));
        }
    }

    /** What a Failure Reason does not say. @param why of printable characters, without patient data */
    void explain(String why) {
        if (explanations.size() < MAX_EXPLANATIONS) {
            explanations.add(why);
        }
    }

    List<String> explanations() {
        return explanations;
    }

    /** The rest of the request was not read. */
    void cutShort(ArchiveError error) {
        cutShort = true;
        failed(Announced.NOTHING, error);
    }

    boolean wasCutShort() {
        return cutShort;
    }

    Optional<LocalPosition> position() {
        return positions.stream().max(Comparator.naturalOrder());
    }

    int status() {
        if (!referenced.isEmpty()) {
            return errors.isEmpty() && !warned ? OK : ACCEPTED;
        }
        if (errors.isEmpty()) {
            return BAD_REQUEST;
        }
        ArchiveError first = errors.getFirst();
        boolean sameForAll = errors.stream().allMatch(e -> e.httpStatus() == first.httpStatus());
        boolean ofTheRequest = cutShort || first.retry() == ArchiveError.Retry.LATER;
        return sameForAll && ofTheRequest ? first.httpStatus() : CONFLICT;
    }

    AttributeSet dataset() {
        Map<Integer, Attribute> set = new TreeMap<>();
        study.ifPresent(s ->
                set.put(Tags.RETRIEVE_URL, new Attribute(Vr.UR, List.of(new Value.Text(addresses.study(s))))));
        put(set, FAILED_SOP_SEQUENCE, failed);
        put(set, REFERENCED_SOP_SEQUENCE, referenced);
        put(set, OTHER_FAILURES_SEQUENCE, other);
        return AttributeSet.of(set);
    }

    private static void put(Map<Integer, Attribute> set, int tag, List<Value> items) {
        if (!items.isEmpty()) {
            set.put(tag, new Attribute(Vr.SQ, items));
        }
    }

    private static Attribute uid(String value) {
        return new Attribute(Vr.UI, List.of(new Value.Text(value)));
    }

    private static Attribute number(int value) {
        return new Attribute(Vr.US, List.of(new Value.Numeric(BigDecimal.valueOf(value))));
    }
}

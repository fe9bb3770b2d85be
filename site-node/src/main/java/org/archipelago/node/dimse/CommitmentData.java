package org.archipelago.node.dimse;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dimse.PendingReport.ReferencedInstance;

/** The data sets of the Storage Commitment Push Model (PS3.4 Tables J.3-1 and J.3-2). */
final class CommitmentData {
    static final int TRANSACTION_UID = 0x00081195;
    static final int REFERENCED_SOP_SEQUENCE = 0x00081199;
    static final int REFERENCED_SOP_CLASS_UID = 0x00081150;
    static final int REFERENCED_SOP_INSTANCE_UID = 0x00081155;
    static final int FAILED_SOP_SEQUENCE = 0x00081198;
    static final int FAILURE_REASON = 0x00081197;
    static final int REQUEST_ACTION = 1;
    static final int EVENT_ALL_SUCCEEDED = 1;
    static final int EVENT_FAILURES_EXIST = 2;

    private CommitmentData() {}

    /** An N-EVENT-REPORT to be sent. */
    record Event(int typeId, AttributeSet information) {}

    static String transactionUid(AttributeSet request) {
        return request.text(TRANSACTION_UID)
                .map(uid -> new SopInstanceUid(uid).value())
                .orElseThrow(() -> new ArchiveException(ArchiveError.INVALID_REQUEST, "(0008,1195) Transaction UID"));
    }

    /** @throws ArchiveException INVALID_REQUEST none, or an item without its UIDs */
    static List<ReferencedInstance> references(AttributeSet request) {
        List<ReferencedInstance> references = new ArrayList<>();
        request.get(REFERENCED_SOP_SEQUENCE).stream()
                .flatMap(a -> a.values().stream())
                .forEach(value -> {
                    if (value instanceof Value.Item(AttributeSet item)) {
                        references.add(new ReferencedInstance(
                                uid(item, REFERENCED_SOP_CLASS_UID), uid(item, REFERENCED_SOP_INSTANCE_UID)));
                    }
                });
        if (references.isEmpty()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "(0008,1199) Referenced SOP Sequence");
        }
        return references;
    }

    private static String uid(AttributeSet item, int tag) {
        return item.text(tag)
                .map(uid -> new SopInstanceUid(uid).value())
                .orElseThrow(() -> new ArchiveException(ArchiveError.INVALID_REQUEST, Tags.hex(tag)));
    }

    /** @param results of its references, in their order */
    static Event event(PendingReport report, List<CommitmentCheck.Result> results) {
        List<Value> committed = new ArrayList<>();
        List<Value> failed = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            ReferencedInstance reference = report.references().get(i);
            CommitmentCheck.Result result = results.get(i);
            AttributeSet item = AttributeSet.EMPTY
                    .with(REFERENCED_SOP_CLASS_UID, text(Vr.UI, reference.sopClassUid()))
                    .with(REFERENCED_SOP_INSTANCE_UID, text(Vr.UI, reference.sopInstanceUid()));
            if (result == CommitmentCheck.Result.COMMITTED) {
                committed.add(new Value.Item(item));
            } else {
                Value reason = new Value.Numeric(BigDecimal.valueOf(result.failureReason()));
                failed.add(new Value.Item(item.with(FAILURE_REASON, new Attribute(Vr.US, List.of(reason)))));
            }
        }
        AttributeSet information = AttributeSet.EMPTY
                .with(TRANSACTION_UID, text(Vr.UI, report.transactionUid()))
                .with(Tags.RETRIEVE_AE_TITLE, text(Vr.AE, report.local().value()));
        if (!committed.isEmpty()) {
            information = information.with(REFERENCED_SOP_SEQUENCE, new Attribute(Vr.SQ, committed));
        }
        if (!failed.isEmpty()) {
            information = information.with(FAILED_SOP_SEQUENCE, new Attribute(Vr.SQ, failed));
        }
        return new Event(failed.isEmpty() ? EVENT_ALL_SUCCEEDED : EVENT_FAILURES_EXIST, information);
    }

    private static Attribute text(Vr vr, String value) {
        return new Attribute(vr, List.of(new Value.Text(value)));
    }
}

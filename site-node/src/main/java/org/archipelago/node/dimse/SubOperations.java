package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.CommandSet;

/** Counts of the sub-operations of one C-MOVE or C-GET (PS3.4 §C.4.2.1.6 to §C.4.2.1.10). Thread-safe. */
final class SubOperations {
    static final int FAILED_SOP_INSTANCE_UID_LIST = 0x00080058;
    private static final int MAX_COUNT = 0xFFFF;
    /** A UI value's length has 16 bits in Explicit VR (PS3.5 §7.1.2). */
    private static final int MAX_LIST_BYTES = 0xFFFE;

    private final List<SopInstanceUid> failed = new ArrayList<>();
    private int remaining;
    private int completed;
    private int warnings;
    private String firstReason = "";

    SubOperations(int total) {
        this.remaining = total;
    }

    synchronized void completed() {
        remaining--;
        completed++;
    }

    synchronized void warned() {
        remaining--;
        warnings++;
    }

    /** @param reason without patient data; the first one is told to the asker */
    synchronized void failed(SopInstanceUid instance, String reason) {
        remaining--;
        firstReason = failed.isEmpty() ? reason : firstReason;
        failed.add(instance);
    }

    synchronized int sent() {
        return completed + warnings;
    }

    synchronized int done() {
        return completed + warnings + failed.size();
    }

    /** Remaining is present only in pending and cancelled responses (PS3.7 §9.3.3.2, §9.3.4.2). */
    synchronized CommandSet response(CommandSet request, int status) {
        CommandSet.Builder response = request.response(status)
                .us(CommandSet.COMPLETED_SUBOPERATIONS, Math.min(completed, MAX_COUNT))
                .us(CommandSet.FAILED_SUBOPERATIONS, Math.min(failed.size(), MAX_COUNT))
                .us(CommandSet.WARNING_SUBOPERATIONS, Math.min(warnings, MAX_COUNT));
        if (status == DimseStatus.PENDING || status == DimseStatus.CANCELLED) {
            response.us(CommandSet.REMAINING_SUBOPERATIONS, Math.min(remaining, MAX_COUNT));
        }
        if (status != DimseStatus.PENDING && !failed.isEmpty()) {
            response.errorComment(failed.size() + " failed, first: " + firstReason);
        }
        return response.build();
    }

    synchronized int finalStatus() {
        if (failed.isEmpty() && warnings == 0) {
            return DimseStatus.SUCCESS;
        }
        return completed + warnings == 0
                ? DimseStatus.SUBOPERATIONS_NOT_PERFORMED
                : DimseStatus.SUBOPERATIONS_INCOMPLETE;
    }

    synchronized boolean anyFailed() {
        return !failed.isEmpty();
    }

    /** Failed SOP Instance UID List (0008,0058), as many as fit. */
    synchronized AttributeSet failedList() {
        List<Value> values = new ArrayList<>();
        int bytes = 0;
        for (SopInstanceUid uid : failed) {
            bytes += uid.value().length() + 1;
            if (bytes > MAX_LIST_BYTES) {
                break;
            }
            values.add(new Value.Text(uid.value()));
        }
        return AttributeSet.EMPTY.with(FAILED_SOP_INSTANCE_UID_LIST, new Attribute(Vr.UI, values));
    }
}

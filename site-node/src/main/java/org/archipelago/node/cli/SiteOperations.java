package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an operator does to one site, beside a running node or on its data directory while it is stopped; the
 * implementation says which it needs by throwing {@link CommandFailure}.
 */
public interface SiteOperations {
    /** Facts in the order in which they are shown. */
    Map<String, Object> status(NodeAddress node);

    /** Which archive the running node serves. @throws CommandFailure it does not run, or another site's answers */
    RunningSite running(NodeAddress node);

    /** Checks every record, key and blob. */
    Verification verify(NodeAddress node, Progress progress);

    /**
     * Writes log and blobs to one empty directory, the keys to another.
     *
     * @return what is damaged and was backed up as it is, one line each
     */
    List<String> backup(NodeAddress node, Path target, Path keys, Progress progress);

    /** Fills the empty data directory of the configuration from a backup, or one in which this was interrupted. */
    void restore(Path backup, Path keys, NodeAddress node, Progress progress);

    void rebuildIndex(NodeAddress node, Progress progress);

    /** Goes on after what cannot be written; what an earlier run has written stays. */
    ExportResult export(NodeAddress node, ExportRequest request, Progress progress);

    List<DeadLetter> deadLetters(NodeAddress node);

    /** Recorded. */
    Retried retryDeadLetter(NodeAddress node, String id);

    /** Recorded with its reason. */
    void discardDeadLetter(NodeAddress node, String id, String reason);

    /** The one that changed last first. */
    List<StudyInConflict> studiesInConflict(NodeAddress node);

    /** Open ones, the first opened first. */
    List<Conflict> conflicts(NodeAddress node, String study);

    /** Recorded with its reason. @param current empty: what is current stays so */
    void resolveConflict(NodeAddress node, String study, int number, Optional<String> current, String reason);

    /** @param study its Study Instance UID */
    record StudyInConflict(String study, int openConflicts) {}

    /**
     * @param source who sent what contradicts
     * @param instance SOP Instance UID; empty for a conflict of the whole study
     * @param challenger the version that waits for the decision; empty where none does
     */
    record Conflict(int number, String summary, String openedAt, String source, String instance, String challenger) {}

    /**
     * What was read.
     *
     * @param erased how many of the records nobody can open any more, since their key was destroyed
     * @param unnamedBlobs how many of the blobs no record names: an ingest under way will, or a crash interrupted it and
     *     their space comes back
     * @param blobsComingBack that records name and that are not back yet, at a site that comes back from its peers: no defects
     * @param defects one line each, without patient data; empty when all is well
     */
    record Verification(
            long records,
            long erased,
            long keys,
            long blobs,
            long unnamedBlobs,
            long blobsComingBack,
            List<String> defects) {}

    /** @param incarnation one continuous history of its log: another one after a restore */
    record RunningSite(String siteId, String incarnation) {}

    /**
     * @param studyUids all studies when empty
     * @param versions whether what does not leave by default is written, too: kept versions that are not current, and, with
     *     all studies, quarantined objects
     */
    record ExportRequest(Path target, List<String> studyUids, boolean versions) {}

    /**
     * @param skipped objects that an earlier run had written as they leave now
     * @param replaced objects that an earlier run had written, and that leave otherwise by now
     * @param erased studies that were erased; counted only where all are exported
     * @param versionsLeftOut kept versions that are not current: renditions, what was superseded, what is in conflict
     * @param quarantinedLeftOut quarantined objects; counted only where all studies are exported
     * @param failed objects and studies that could not be written
     * @param failures which and why, not more than a bounded number of them
     */
    record ExportResult(
            long written,
            long skipped,
            long replaced,
            long erased,
            long versionsLeftOut,
            long quarantinedLeftOut,
            long failed,
            Map<String, String> failures) {}

    /**
     * @param attempts how often its projection tried; 0 when it only waits behind another of its stream
     * @param cause of the last failure, without patient data
     */
    record DeadLetter(
            String id,
            String projection,
            String eventType,
            long position,
            int attempts,
            String firstFailure,
            String lastFailure,
            String cause) {}

    /**
     * @param taken whether it is in the index now
     * @param folded events of its stream that are in the index now and were not
     * @param cause why it is not
     */
    record Retried(boolean taken, int folded, String cause) {}
}

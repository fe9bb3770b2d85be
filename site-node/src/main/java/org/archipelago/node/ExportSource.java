package org.archipelago.node;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Where an export reads: a running node, or the archive of a stopped one. */
interface ExportSource {
    /** The id of the site: what an export belongs to. */
    String site();

    /** A part of what the archive holds, in the order in which it came. @param after last position that is known; -1 for none */
    Page page(long after);

    /**
     * Every kept version of what the study holds, the current ones first; empty when there is no such study.
     *
     * @throws IOException it cannot be told, with the reason
     * @throws org.archipelago.contract.ArchiveException as well
     */
    List<Kept> objects(String study) throws IOException;

    /**
     * Writes one object as a file (PS3.10), with the corrections in force. What was written before a failure is no file.
     *
     * @throws IOException neither can it be read nor is its source gone
     * @throws org.archipelago.contract.ArchiveException it cannot be given out
     */
    void write(String study, Kept object, OutputStream out) throws IOException;

    /**
     * As {@link #write}, of a quarantined object, exactly as it arrived.
     *
     * @param id of a {@link Page}
     */
    void writeQuarantined(String id, OutputStream out) throws IOException;

    /** @param version empty: the current one, whichever that is when it is written */
    record Kept(String instance, String version) {
        boolean isCurrent() {
            return version.isEmpty();
        }
    }

    /**
     * @param studies Study Instance UIDs of studies that begin in this part
     * @param objects objects stored in this part, an estimate of what there is to write
     * @param last position from which to go on
     * @param end whether nothing follows
     * @param quarantined ids of objects that were quarantined in this part, erased ones left out
     * @param erased studies that begin in this part and were erased since
     * @param unreadable what begins in this part and cannot be told, and why not: studies whose key is lost, damaged records
     */
    record Page(
            List<String> studies,
            long objects,
            List<String> quarantined,
            long last,
            boolean end,
            long erased,
            Map<String, String> unreadable) {}
}

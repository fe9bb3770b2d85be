package org.archipelago.federation.recovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.replica.Delivered;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bodies that one peer withheld, from whoever else has them: headers alone verify, and what they say would be lost unnoticed. */
record RecoveredBodies(Collection<? extends PeerLink> peers) {
    private static final Logger LOG = LoggerFactory.getLogger(RecoveredBodies.class);

    /**
     * The same records, of which those alone have no body that nobody has.
     *
     * @param given verified
     * @throws ArchiveException PEER_UNAVAILABLE when a body is missing and somebody who may have it does not answer
     */
    List<LogRecord> complete(OriginPosition first, List<LogRecord> given) {
        List<LogRecord> whole = new ArrayList<>(given);
        Optional<ArchiveException> silent = Optional.empty();
        for (PeerLink link : peers) {
            try {
                fill(link, first, whole);
            } catch (ArchiveException e) {
                LOG.warn("site {} gives no bodies: {}", link.peer(), e.getMessage());
                silent = e.error() == ArchiveError.PEER_UNAVAILABLE ? Optional.of(e) : silent;
            }
        }
        if (silent.isPresent() && withheld(whole, 0) < whole.size()) {
            throw silent.get();
        }
        return whole;
    }

    private static void fill(PeerLink link, OriginPosition first, List<LogRecord> whole) {
        int at = withheld(whole, 0);
        while (at < whole.size()) {
            SiteId site = whole.get(at).header().stream().origin();
            List<LogRecord> theirs = Delivered.records(Delivered.batch(link, site, first.value() + at));
            int most = Math.min(theirs.size(), whole.size() - at);
            for (int i = 0; i < most; i++) {
                if (isBodyOf(theirs.get(i), whole.get(at + i))) {
                    whole.set(at + i, theirs.get(i));
                }
            }
            at = withheld(whole, at + Math.max(1, most));
        }
    }

    /** The header names the body, and was compared with it. */
    private static boolean isBodyOf(LogRecord theirs, LogRecord here) {
        return here.isWithheld() && !theirs.isWithheld() && Arrays.equals(theirs.headerBytes(), here.headerBytes());
    }

    /** Index of the next one without a body; how many there are when each has one. */
    private static int withheld(List<LogRecord> records, int from) {
        int at = from;
        while (at < records.size() && !records.get(at).isWithheld()) {
            at++;
        }
        return at;
    }
}

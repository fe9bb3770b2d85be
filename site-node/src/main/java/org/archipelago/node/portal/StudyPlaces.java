package org.archipelago.node.portal;

import java.util.List;
import org.archipelago.contract.dicom.StudyInstanceUid;

/** Port: at which sites a study is, from the log and so also while search is down. */
public interface StudyPlaces {
    /** For each site that has recorded a study of this UID, as far as can be read here; this site's first. */
    List<Recorded> of(StudyInstanceUid study);

    /**
     * @param site label of the one that recorded it
     * @param wanted sites that are to hold it, itself among them; 0: not known here
     * @param holding labels of the sites that hold all of it, itself first
     */
    record Recorded(String site, int wanted, List<String> holding) {
        public Recorded {
            holding = List.copyOf(holding);
        }
    }
}

package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;

/** Absolute URLs of resources, under the name by which the caller reached this node. */
final class Addresses {
    private final String base;

    Addresses(HttpServletRequest request) {
        this.base = request.getScheme() + "://" + request.getHeader("Host") + "/dicom-web";
    }

    String study(StudyInstanceUid study) {
        return base + "/studies/" + study;
    }

    String series(StudyInstanceUid study, SeriesInstanceUid series) {
        return study(study) + "/series/" + series;
    }

    String instance(StudyInstanceUid study, SeriesInstanceUid series, SopInstanceUid instance) {
        return series(study, series) + "/instances/" + instance;
    }

    /** {@code instance/bulkdata/00480105/1/00282000}: tags, and item numbers from 1 between them. */
    static String bulkData(String instance, List<Integer> path) {
        StringBuilder uri = new StringBuilder(instance).append("/bulkdata");
        for (int i = 0; i < path.size(); i++) {
            uri.append('/')
                    .append(i % 2 == 0 ? Tags.hex(path.get(i)) : path.get(i).toString());
        }
        return uri.toString();
    }
}

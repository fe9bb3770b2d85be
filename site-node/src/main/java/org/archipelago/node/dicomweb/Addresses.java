package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;

/** Absolute URLs of resources, under the name by which the caller reached this node. */
final class Addresses {
    private final String base;

    Addresses(HttpServletRequest request) {
        String network = request.getRequestURI().startsWith(NetworkDicomWeb.PREFIX + "/") ? NetworkDicomWeb.PREFIX : "";
        this.base = request.getScheme() + "://" + request.getHeader("Host") + network + "/dicom-web";
    }

    private Addresses(String base) {
        this.base = base;
    }

    /** Of what this site itself holds. */
    Addresses ofThisSite() {
        return new Addresses(base.replace(NetworkDicomWeb.PREFIX + "/dicom-web", "/dicom-web"));
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
}

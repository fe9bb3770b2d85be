package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.web.Disclosures;
import org.archipelago.query.QueryLevel;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * QIDO-RS (PS3.18 §10.6) over what all sites hold, with how current that is in a header; once more for the viewer, which knows patients by
 * one value alone.
 */
@RestController
class NetworkQueryController {
    private final QuerySearch network;
    private final QuerySearch viewer;

    NetworkQueryController(DicomWeb node, NetworkView view, Disclosures disclosures) {
        this.network = new QuerySearch(node, disclosures, Optional.of(view));
        this.viewer = new QuerySearch(node, disclosures, Optional.of(view), true);
    }

    @GetMapping("/network/viewer/studies")
    void viewedStudies(HttpServletRequest request, HttpServletResponse response) throws IOException {
        viewer.search(QueryLevel.STUDY, Optional.empty(), Optional.empty(), request, response);
    }

    @GetMapping("/network/viewer/studies/{study}/series")
    void viewedSeries(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        viewer.search(QueryLevel.SERIES, Optional.of(new StudyInstanceUid(study)), Optional.empty(), request, response);
    }

    @GetMapping("/network/dicom-web/studies")
    void studies(HttpServletRequest request, HttpServletResponse response) throws IOException {
        network.search(QueryLevel.STUDY, Optional.empty(), Optional.empty(), request, response);
    }

    @GetMapping("/network/dicom-web/series")
    void series(HttpServletRequest request, HttpServletResponse response) throws IOException {
        network.search(QueryLevel.SERIES, Optional.empty(), Optional.empty(), request, response);
    }

    @GetMapping("/network/dicom-web/studies/{study}/series")
    void seriesOf(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        network.search(
                QueryLevel.SERIES, Optional.of(new StudyInstanceUid(study)), Optional.empty(), request, response);
    }
}

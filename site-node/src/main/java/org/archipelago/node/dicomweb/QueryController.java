package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.web.Disclosures;
import org.archipelago.query.QueryLevel;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** QIDO-RS (PS3.18 §10.6) over what this site holds. */
@RestController
class QueryController {
    private final QuerySearch local;

    QueryController(DicomWeb node, Disclosures disclosures) {
        this.local = new QuerySearch(node, disclosures, Optional.empty());
    }

    @GetMapping("/dicom-web/studies")
    void studies(HttpServletRequest request, HttpServletResponse response) throws IOException {
        local.search(QueryLevel.STUDY, Optional.empty(), Optional.empty(), request, response);
    }

    @GetMapping("/dicom-web/series")
    void series(HttpServletRequest request, HttpServletResponse response) throws IOException {
        local.search(QueryLevel.SERIES, Optional.empty(), Optional.empty(), request, response);
    }

    @GetMapping("/dicom-web/instances")
    void instances(HttpServletRequest request, HttpServletResponse response) throws IOException {
        local.search(QueryLevel.IMAGE, Optional.empty(), Optional.empty(), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/series")
    void seriesOf(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        local.search(QueryLevel.SERIES, Optional.of(new StudyInstanceUid(study)), Optional.empty(), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/instances")
    void instancesOf(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        local.search(QueryLevel.IMAGE, Optional.of(new StudyInstanceUid(study)), Optional.empty(), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/series/{series}/instances")
    void instancesOf(
            @PathVariable String study,
            @PathVariable String series,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        local.search(
                QueryLevel.IMAGE,
                Optional.of(new StudyInstanceUid(study)),
                Optional.of(new SeriesInstanceUid(series)),
                request,
                response);
    }
}

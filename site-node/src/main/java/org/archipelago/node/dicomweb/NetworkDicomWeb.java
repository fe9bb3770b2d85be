package org.archipelago.node.dicomweb;

import java.util.List;
import org.archipelago.node.web.Disclosures;
import org.archipelago.node.web.WebFeature;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * WADO-RS under {@code /network/dicom-web}: as under {@code /dicom-web}, of what all sites hold.
 *
 * @param node reads what all sites hold
 */
public record NetworkDicomWeb(DicomWeb node) implements WebFeature {
    static final String PREFIX = "/network";

    @Override
    public List<Object> beans() {
        Disclosures disclosures = new Disclosures(node.access(), node.callers());
        return List.of(
                new NetworkObjects(node, disclosures),
                new NetworkMetadata(node, disclosures),
                new NetworkFrames(node, disclosures),
                new NetworkBulkData(node, disclosures));
    }

    @RestController
    @RequestMapping(PREFIX)
    static final class NetworkObjects extends ObjectController {
        NetworkObjects(DicomWeb node, Disclosures disclosures) {
            super(node, disclosures);
        }
    }

    @RestController
    @RequestMapping(PREFIX)
    static final class NetworkMetadata extends MetadataController {
        NetworkMetadata(DicomWeb node, Disclosures disclosures) {
            super(node, disclosures);
        }
    }

    @RestController
    @RequestMapping(PREFIX)
    static final class NetworkFrames extends FrameController {
        NetworkFrames(DicomWeb node, Disclosures disclosures) {
            super(node, disclosures);
        }
    }

    @RestController
    @RequestMapping(PREFIX)
    static final class NetworkBulkData extends BulkDataController {
        NetworkBulkData(DicomWeb node, Disclosures disclosures) {
            super(node, disclosures);
        }
    }
}

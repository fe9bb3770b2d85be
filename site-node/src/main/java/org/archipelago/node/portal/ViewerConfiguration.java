package org.archipelago.node.portal;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The viewer's settings: this node's DICOMweb on the same origin and nothing from elsewhere. */
final class ViewerConfiguration {
    /** Loads what tells of open conflicts, beside the viewer and not in it: the viewer's own files stay as they are. */
    static final String CONFLICTS = "document.head.append(Object.assign(document.createElement('script'),"
            + " {src: '/assets/viewer-conflicts.js'}));\n";

    private ViewerConfiguration() {}

    static String script(String siteLabel) {
        Map<String, Object> source = Map.ofEntries(
                Map.entry("friendlyName", siteLabel),
                Map.entry("name", "archipelago"),
                Map.entry("qidoRoot", "/dicom-web"),
                Map.entry("wadoRoot", "/dicom-web"),
                Map.entry("wadoUriRoot", "/dicom-web"),
                Map.entry("qidoSupportsIncludeField", true),
                Map.entry("supportsReject", false),
                Map.entry("imageRendering", "wadors"),
                Map.entry("thumbnailRendering", "wadors"),
                Map.entry("enableStudyLazyLoad", true),
                Map.entry("supportsFuzzyMatching", true),
                Map.entry("supportsWildcard", true),
                Map.entry("dicomUploadEnabled", false),
                Map.entry("omitQuotationForMultipartRequest", true),
                Map.entry("bulkDataURI", Map.of("enabled", true, "relativeResolution", "instances")));
        Map<String, Object> settings = Map.ofEntries(
                Map.entry("routerBasename", "/viewer/"),
                Map.entry("extensions", List.of()),
                Map.entry("modes", List.of()),
                Map.entry("showStudyList", true),
                Map.entry("customizationService", List.of(Map.of("ohif.tours", Map.of("$set", List.of())))),
                Map.entry("maxNumberOfWebWorkers", 3),
                Map.entry("showWarningMessageForCrossOrigin", false),
                Map.entry("showCPUFallbackMessage", false),
                Map.entry("showLoadingIndicator", true),
                Map.entry("strictZSpacingForVolumeViewport", true),
                Map.entry("investigationalUseDialog", Map.of("option", "never")),
                Map.entry("maxNumRequests", Map.of("interaction", 100, "thumbnail", 20, "prefetch", 10)),
                Map.entry("defaultDataSourceName", "archipelago"),
                Map.entry(
                        "dataSources",
                        List.of(Map.of(
                                "namespace", "@ohif/extension-default.dataSourcesModule.dicomweb",
                                "sourceName", "archipelago",
                                "configuration", source))));
        return "window.config = " + new JsonMapper().writeValueAsString(settings) + ";\n";
    }
}

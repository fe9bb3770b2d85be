package org.archipelago.node.portal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The viewer's settings: this node's DICOMweb on the same origin and nothing from elsewhere. */
final class ViewerConfiguration {
    /** Loads what tells of open conflicts, beside the viewer and not in it: the viewer's own files stay as they are. */
    static final String CONFLICTS = "document.head.append(Object.assign(document.createElement('script'),"
            + " {src: '/assets/viewer-conflicts.js'}));\n";

    private static final String OWN = "archipelago";
    /** The name that links to the viewer give. */
    private static final String NETWORK = "network";

    private ViewerConfiguration() {}

    /** @param hasNetwork whether it may be asked for what all sites hold, too */
    static String script(String siteLabel, boolean hasNetwork) {
        List<Object> sources = new ArrayList<>();
        sources.add(source(OWN, siteLabel, "/dicom-web", "/dicom-web"));
        if (hasNetwork) {
            sources.add(source(NETWORK, "all sites", "/network/viewer", "/network/dicom-web"));
        }
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
                Map.entry("defaultDataSourceName", OWN),
                Map.entry("dataSources", sources));
        return "window.config = " + new JsonMapper().writeValueAsString(settings) + ";\n";
    }

    private static Map<String, Object> source(String name, String label, String search, String retrieval) {
        Map<String, Object> configuration = Map.ofEntries(
                Map.entry("friendlyName", label),
                Map.entry("name", name),
                Map.entry("qidoRoot", search),
                Map.entry("wadoRoot", retrieval),
                Map.entry("wadoUriRoot", retrieval),
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
        return Map.of(
                "namespace",
                "@ohif/extension-default.dataSourcesModule.dicomweb",
                "sourceName",
                name,
                "configuration",
                configuration);
    }
}

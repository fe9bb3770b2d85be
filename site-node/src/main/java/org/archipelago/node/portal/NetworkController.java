package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.network.SiteStanding;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What this site knows of the network, for programs. */
@RestController
class NetworkController {
    private final Optional<NetworkSearch> network;
    private final JsonAnswers answers;

    NetworkController(Optional<NetworkSearch> network, Disclosures disclosures) {
        this.network = network;
        this.answers = new JsonAnswers(disclosures);
    }

    private NetworkSearch network() {
        return network.orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "network view"));
    }

    /** How current this site is, of each other one. Of no patient. */
    @GetMapping("/api/network")
    Map<String, Object> completeness(HttpServletResponse response) {
        response.setHeader("Cache-Control", "no-store");
        return json(network().completeness().get());
    }

    /** @param more whether there are matches behind this page */
    private record Studies(List<Map<String, Object>> studies, boolean more, long position, Map<String, Object> network)
            implements JsonAnswers.Several {
        @Override
        public int count() {
            return studies.size();
        }
    }

    @GetMapping("/api/network/studies")
    void studies(
            @RequestParam(defaultValue = "") String q,
            @RequestParam(defaultValue = "0") int offset,
            @RequestParam(defaultValue = "-1") long minimumPosition,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        int start = Math.clamp(offset, 0, PageController.MAX_OFFSET);
        LocalPosition minimum = new LocalPosition(minimumPosition);
        answers.send(AccessKind.QUERY, Optional.empty(), "api: network: " + q, request, response, tally -> {
            StudySearch.Found found = network().studies().find(q, start, minimum);
            tally.found(found.patients());
            Completeness completeness = network().completeness().get();
            response.setHeader(Completeness.HEADER, completeness.header());
            List<Map<String, Object>> rows = new ArrayList<>();
            found.studies()
                    .forEach(study -> rows.add(
                            json(study, Objects.requireNonNull(found.network().get(study.uid())))));
            return new Studies(rows, found.more(), found.position(), json(completeness));
        });
    }

    private static Map<String, Object> json(StudyRow study, NetworkRow network) {
        return Map.of(
                "study",
                study,
                "here",
                network.isHere(),
                "availability",
                network.availability(),
                "holders",
                network.holders());
    }

    private static Map<String, Object> json(Completeness completeness) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("complete", completeness.isComplete());
        json.put(
                "sites",
                completeness.sites().stream().map(NetworkController::json).toList());
        return json;
    }

    private static Map<String, Object> json(SiteStanding site) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("site", site.site().toString());
        json.put("label", site.label());
        json.put("member", site.member());
        json.put("reachable", site.reachable());
        site.contactAgeSeconds().ifPresent(age -> json.put("contactAgeSeconds", age));
        json.put("records", site.records());
        json.put("knownRecords", site.knownRecords());
        site.unreadableRecords().ifPresent(count -> json.put("unreadableRecords", count));
        json.put("unsignedRecords", site.unsignedRecords());
        json.put("gaps", site.gaps());
        return json;
    }
}

package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.web.Disclosures;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;
import org.springframework.web.servlet.ViewResolver;

/** The pages. They work without scripts; htmx only spares reloading. */
@Controller
class PageController {
    static final int MAX_OFFSET = 9_950;
    /** The view of all sites. */
    private static final String NETWORK = "network";

    /** Each may read two objects; further ones show once these are decided. */
    private static final int MAX_DECISIONS = 10;

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final Portal portal;
    private final StudySearch search;
    private final Optional<NetworkSearch> network;
    private final StudyDetails details;
    private final Disclosures disclosures;
    private final ViewResolver views;

    PageController(
            Portal portal,
            StudySearch search,
            Optional<NetworkSearch> network,
            StudyDetails details,
            Disclosures disclosures,
            ViewResolver views) {
        this.views = views;
        this.portal = portal;
        this.search = search;
        this.network = network;
        this.details = details;
        this.disclosures = disclosures;
    }

    @GetMapping("/")
    void index(
            @RequestParam(defaultValue = "") String q,
            @RequestParam(defaultValue = "0") int offset,
            @RequestParam(defaultValue = "") String view,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        int start = Math.clamp(offset, 0, MAX_OFFSET);
        Optional<NetworkSearch> all =
                network.filter(one -> view.equals(NETWORK) || (view.isEmpty() && hasMembers(one)));
        String what = (all.isPresent() ? "portal: network: " : "portal: ") + q;
        disclosures.disclose(AccessKind.QUERY, request, response, Optional.empty(), what, tally -> {
            StudySearch.Found found =
                    all.map(NetworkSearch::studies).orElse(search).find(q, start, new LocalPosition(-1));
            tally.found(found.patients());
            Map<String, Object> model = new HashMap<>();
            model.put("q", q);
            model.put("offset", start);
            model.put("studies", found.studies());
            model.put("more", found.more() && start < MAX_OFFSET);
            model.put("pageSize", StudySearch.PAGE_SIZE);
            model.put("hasNetwork", network.isPresent());
            model.put("view", all.isPresent() ? NETWORK : "site");
            model.put("network", found.network());
            model.put("completeness", all.map(one -> one.completeness().get()).orElse(new Completeness(List.of())));
            render("portal/index", model, request, response);
            tally.add(found.studies().size(), 0);
        });
    }

    /** Who asks for no view sees what there is to see. */
    private static boolean hasMembers(NetworkSearch network) {
        return !network.completeness().get().sites().isEmpty();
    }

    @GetMapping("/network/studies/{study}")
    void networkStudy(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        NetworkSearch all = network.orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "network view"));
        StudyInstanceUid uid = new StudyInstanceUid(study);
        String what = "portal: study page, network";
        disclosures.disclose(AccessKind.VIEW, request, response, Optional.of(uid), what, tally -> {
            NetworkStudy found = all.study(uid);
            tally.found(found.patients());
            Map<String, Object> model = new HashMap<>();
            model.put("viewer", portal.viewer().isPresent());
            model.put("study", found.study());
            model.put("network", found.network());
            model.put("series", found.series());
            model.put("places", portal.places().of(uid));
            model.put("completeness", all.completeness().get());
            render("portal/network-study", model, request, response);
            tally.add(1, 0);
        });
    }

    @GetMapping("/studies/{study}")
    void study(
            @PathVariable String study,
            @RequestParam(defaultValue = "0") int offset,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        disclosures.disclose(AccessKind.VIEW, request, response, Optional.of(uid), "portal: study page", tally -> {
            StudyDetails.Study found = details.of(uid);
            tally.found(details.patients(uid));
            Map<String, Object> model = new HashMap<>();
            model.put("viewer", portal.viewer().isPresent());
            model.put("study", found.study());
            model.put("patients", found.patients());
            model.put("series", found.series());
            model.put("described", found.described());
            model.put("conflicts", conflicts(uid));
            model.put("places", portal.places().of(uid));
            model.put(
                    "history",
                    Listed.of(
                            offset,
                            portal.maxListed(),
                            (from, most) -> portal.history().of(uid, from, most)));
            render("portal/study", model, request, response);
            tally.add(1, 0);
        });
    }

    private List<OpenDecision> conflicts(StudyInstanceUid study) {
        return portal.conflicts().of(study).stream()
                .limit(MAX_DECISIONS)
                .map(open -> OpenDecision.of(study, open, portal.retrieval()))
                .toList();
    }

    @GetMapping("/studies/{study}/access")
    void access(
            @PathVariable String study,
            @RequestParam(defaultValue = "0") int offset,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        disclosures.disclose(
                AccessKind.READ_HISTORY, request, response, Optional.of(uid), "portal: access history", tally -> {
                    Listed<AccessHistory.Entry> list = Listed.of(
                            offset,
                            portal.maxListed(),
                            (from, most) -> portal.accessHistory().of(uid, from, most));
                    render("portal/access", new HashMap<>(Map.of("uid", uid.value(), "list", list)), request, response);
                    tally.add(list.entries().size(), 0);
                });
    }

    @GetMapping("/quarantine")
    void quarantine(
            @RequestParam(defaultValue = "0") int offset, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        disclosures.disclose(AccessKind.QUERY, request, response, Optional.empty(), "portal: quarantine", tally -> {
            Listed<QuarantineList.Entry> list = Listed.of(offset, portal.maxListed(), portal.quarantine()::entries);
            render(
                    "portal/quarantine",
                    new HashMap<>(Map.of(
                            "list", list, "mayFetch", portal.quarantined().isPresent())),
                    request,
                    response);
            tally.add(list.entries().size(), 0);
        });
    }

    @GetMapping("/status")
    void status(HttpServletRequest request, HttpServletResponse response) throws IOException {
        render("portal/status", new HashMap<>(Map.of("facts", portal.status().facts())), request, response);
    }

    /** Writes the page out here and now: within the record of the access, not after it. */
    private void render(
            String name, Map<String, Object> model, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        model.put("site", portal.siteLabel());
        model.put("moment", MOMENT);
        response.setHeader("Cache-Control", "no-store");
        try {
            View view = Objects.requireNonNull(views.resolveViewName(name, request.getLocale()), name);
            view.render(model, request, response);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("cannot render " + name, e);
        }
    }
}

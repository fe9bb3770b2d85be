package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.web.Disclosures;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.ModelAndView;

/** The pages. They work without scripts; htmx only spares reloading. */
@Controller
class PageController {
    static final int MAX_OFFSET = 9_950;
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final Portal portal;
    private final StudySearch search;
    private final StudyDetails details;
    private final Disclosures disclosures;

    PageController(Portal portal, StudySearch search, StudyDetails details, Disclosures disclosures) {
        this.portal = portal;
        this.search = search;
        this.details = details;
        this.disclosures = disclosures;
    }

    @ModelAttribute("site")
    String site() {
        return portal.siteLabel();
    }

    @ModelAttribute("moment")
    DateTimeFormatter moment() {
        return MOMENT;
    }

    @GetMapping("/")
    ModelAndView index(
            @RequestParam(defaultValue = "") String q,
            @RequestParam(defaultValue = "0") int offset,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        int start = Math.clamp(offset, 0, MAX_OFFSET);
        ModelAndView page = page("portal/index", response, Map.of("q", q, "offset", start));
        disclosures.disclose(AccessKind.QUERY, request, Optional.empty(), "portal: " + q, tally -> {
            StudySearch.Found found = search.find(q, start, new LocalPosition(-1));
            tally.add(found.studies().size(), 0);
            page.addObject("studies", found.studies());
            page.addObject("more", found.more() && start < MAX_OFFSET);
            page.addObject("pageSize", StudySearch.PAGE_SIZE);
        });
        return page;
    }

    @GetMapping("/studies/{study}")
    ModelAndView study(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        ModelAndView page =
                page("portal/study", response, Map.of("viewer", portal.viewer().isPresent()));
        disclosures.disclose(AccessKind.VIEW, request, Optional.of(uid), "portal: study page", tally -> {
            StudyDetails.Study found = details.of(uid);
            tally.add(1, 0);
            page.addObject("study", found.study());
            page.addObject("series", found.series());
            page.addObject("described", found.described());
            page.addObject("history", portal.history().of(uid));
        });
        return page;
    }

    @GetMapping("/studies/{study}/access")
    ModelAndView access(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        ModelAndView page = page("portal/access", response, Map.of("uid", uid.value()));
        disclosures.disclose(AccessKind.READ_HISTORY, request, Optional.of(uid), "portal: access history", tally -> {
            List<AccessHistory.Entry> entries = portal.accessHistory().of(uid);
            tally.add(entries.size(), 0);
            page.addObject("entries", entries);
        });
        return page;
    }

    @GetMapping("/quarantine")
    ModelAndView quarantine(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ModelAndView page = page("portal/quarantine", response, Map.of());
        disclosures.disclose(AccessKind.QUERY, request, Optional.empty(), "portal: quarantine", tally -> {
            List<QuarantineList.Entry> entries = portal.quarantine().entries();
            tally.add(entries.size(), 0);
            page.addObject("entries", entries);
        });
        return page;
    }

    @GetMapping("/status")
    ModelAndView status(HttpServletResponse response) {
        return page("portal/status", response, Map.of("facts", portal.status().facts()));
    }

    private static ModelAndView page(String view, HttpServletResponse response, Map<String, Object> model) {
        response.setHeader("Cache-Control", "no-store");
        return new ModelAndView(view, model);
    }
}

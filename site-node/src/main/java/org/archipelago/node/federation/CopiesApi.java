package org.archipelago.node.federation;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.federation.copies.StudyProtection;
import org.archipelago.node.web.Disclosures;
import org.archipelago.node.web.WebFeature;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** {@code /api/studies/.../copies}: which sites hold a study of this one. Says that the study is here, and so is on record as a read of it. */
public final class CopiesApi implements WebFeature {
    private static final JsonMapper JSON = new JsonMapper();

    private final Function<StudyInstanceUid, StudyProtection> protection;
    private final Function<SiteId, String> labels;
    private final Disclosures disclosures;

    /** @param protection NOT_FOUND for a study that is not here */
    public CopiesApi(
            Function<StudyInstanceUid, StudyProtection> protection,
            Function<SiteId, String> labels,
            Disclosures disclosures) {
        this.protection = protection;
        this.labels = labels;
        this.disclosures = disclosures;
    }

    @Override
    public List<Object> beans() {
        return List.of(new CopiesController(this));
    }

    /** Package-private methods are enough for Spring. */
    @RestController
    static class CopiesController {
        private final CopiesApi api;

        CopiesController(CopiesApi api) {
            this.api = api;
        }

        @GetMapping("/api/studies/{study}/copies")
        void copies(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            StudyInstanceUid uid = new StudyInstanceUid(study);
            String what = "api: copies of the study";
            api.disclosures.disclose(AccessKind.VIEW, request, response, Optional.of(uid), what, tally -> {
                byte[] json = JSON.writeValueAsBytes(api.described(api.protection.apply(uid)));
                response.setHeader("Cache-Control", "no-store");
                response.setContentType("application/json");
                response.setCharacterEncoding(StandardCharsets.UTF_8.name());
                response.setContentLength(json.length);
                response.getOutputStream().write(json);
                tally.add(1, json.length);
            });
        }
    }

    private Map<String, Object> described(StudyProtection study) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("wanted", study.wanted());
        described.put("whole", study.whole());
        described.put("copies", study.copies().stream().map(this::described).toList());
        return described;
    }

    private Map<String, Object> described(StudyProtection.Copy copy) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("site", labels.apply(copy.site()));
        described.put("siteId", copy.site().toString());
        described.put("assigned", copy.assigned());
        copy.behindRecords().ifPresent(behind -> described.put("behindRecords", behind));
        described.put("bytes", copy.bytes());
        return described;
    }
}

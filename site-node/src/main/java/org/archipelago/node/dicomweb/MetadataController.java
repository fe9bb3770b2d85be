package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * WADO-RS metadata (PS3.18 §10.4.1.1.2), with the corrections in force and bulk values by address. The entity tag
 * changes with whatever may change the answer, corrections included.
 */
@RestController
class MetadataController {
    /** Left out instances that a response names. */
    private static final int MAX_NAMED = 20;

    private final DicomWeb node;
    private final Disclosures disclosures;

    MetadataController(DicomWeb node, Disclosures disclosures) {
        this.node = node;
        this.disclosures = disclosures;
    }

    @GetMapping("/dicom-web/studies/{study}/metadata")
    void study(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        metadata(Scopes.study(study), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/series/{series}/metadata")
    void series(
            @PathVariable String study,
            @PathVariable String series,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        metadata(Scopes.series(study, series), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/series/{series}/instances/{instance}/metadata")
    void instance(
            @PathVariable String study,
            @PathVariable String series,
            @PathVariable String instance,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        metadata(Scopes.instance(study, series, instance), request, response);
    }

    private void metadata(Scope scope, HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Cache-Control", "private, no-cache");
        response.setHeader("Vary", "Accept, Accept-Encoding");
        String what = Scopes.named("metadata", scope);
        disclosures.disclose(AccessKind.RETRIEVE, request, response, Optional.of(scope.study()), what, tally -> {
            DataSetForm form = DataSetForm.of(request, scope.instance().isPresent());
            // Taken before the answer is: should it change in between, the next validation fails and fetches anew.
            String revision = node.retrieval()
                    .revisionTag(scope)
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "study, series or instance"));
            String tag = form.isJson() ? revision : revision + "-" + form;
            node.conflicts().addTo(response, Set.of(scope.study()));
            if (EntityTag.isHeld(request, response, tag)) {
                return;
            }
            tally.found(node.retrieval().patientsOf(node.retrieval().select(scope)));
            try (Retrieval.Metadata metadata = node.retrieval().metadata(scope)) {
                if (metadata.unreadable().isEmpty()) {
                    EntityTag.name(response, tag);
                } else {
                    warn(metadata, response);
                }
                boolean toBody = !request.getMethod().equals("HEAD");
                Optional<DataSetAnswer> answer = DataSetAnswer.begin(form, DicomJson.Mode.METADATA, response, toBody);
                if (answer.isPresent()) {
                    send(metadata, scope, new Addresses(request), answer.get(), tally);
                }
            }
        });
    }

    /** One damaged object does not hide the others, and is not hidden itself (206, PS3.18 Table 8.5-1). */
    private static void warn(Retrieval.Metadata metadata, HttpServletResponse response) {
        List<SopInstanceUid> unreadable = metadata.unreadable();
        response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
        unreadable.stream()
                .limit(MAX_NAMED)
                .forEach(uid -> response.addHeader(
                        "Warning", "299 archipelago \"instance " + uid + " cannot be read and is left out\""));
        if (unreadable.size() > MAX_NAMED) {
            response.addHeader(
                    "Warning", "299 archipelago \"" + unreadable.size() + " instances in all are left out\"");
        }
    }

    private static void send(
            Retrieval.Metadata metadata, Scope scope, Addresses addresses, DataSetAnswer out, Disclosures.Tally tally)
            throws IOException {
        for (Iterator<AttributeSet> sets = metadata.sets().iterator(); sets.hasNext(); ) {
            AttributeSet set = sets.next();
            String instance = address(scope, set, addresses);
            long before = out.bytes();
            out.write(set, Optional.of(instance + "/metadata"), (path, vr, bulk) -> instance + "/bulkdata/" + path);
            tally.add(1, out.bytes() - before);
        }
        out.end();
    }

    private static String address(Scope scope, AttributeSet set, Addresses addresses) {
        return addresses.instance(
                scope.study(),
                set.text(Tags.SERIES_INSTANCE_UID)
                        .map(SeriesInstanceUid::new)
                        .orElseThrow(() -> new ArchiveException(ArchiveError.CORRUPT, "SeriesInstanceUID")),
                set.text(Tags.SOP_INSTANCE_UID)
                        .map(SopInstanceUid::new)
                        .orElseThrow(() -> new ArchiveException(ArchiveError.CORRUPT, "SOPInstanceUID")));
    }
}

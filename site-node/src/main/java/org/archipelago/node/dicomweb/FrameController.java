package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** WADO-RS frames (PS3.18 §10.4.1.1.6). Pixels are never corrected, so they are read where they lie. */
@RestController
class FrameController {
    private final DicomWeb node;
    private final Disclosures disclosures;

    FrameController(DicomWeb node, Disclosures disclosures) {
        this.node = node;
        this.disclosures = disclosures;
    }

    @GetMapping("/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{list}")
    void frames(
            @PathVariable String study,
            @PathVariable String series,
            @PathVariable String instance,
            @PathVariable String list,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Scope scope = Scopes.instance(study, series, instance);
        String what = Scopes.named("frames " + list, scope);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Vary", "Accept");
        disclosures.disclose(AccessKind.RETRIEVE, request, response, Optional.of(scope.study()), what, tally -> {
            List<Integer> numbers = numbers(list);
            HeldInstance held = node.retrieval().select(scope).stream()
                    .findFirst()
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "instance"));
            if (EntityTag.isHeld(request, response, held.current().version().value())) {
                return;
            }
            EntityTag.name(response, held.current().version().value());
            tally.found(node.retrieval().patientsOf(List.of(held)));
            List<FrameNegotiation> forms =
                    FrameNegotiation.of(AcceptHeader.of(request), held.current().transferSyntax(), numbers.size() == 1);
            try (OutgoingObject object = original(held)) {
                FrameSource.Image frames = node.frames().open(channel(object), object.transferSyntax());
                if (numbers.stream().anyMatch(n -> n > frames.count())) {
                    throw new ArchiveException(ArchiveError.NOT_FOUND, "frame; the image has " + frames.count());
                }
                String url = request.getRequestURL().toString();
                FrameAnswer answer = new FrameAnswer(frames, numbers, url.substring(0, url.lastIndexOf('/') + 1));
                answer.send(forms, request, response, tally);
            }
        });
    }

    private OutgoingObject original(HeldInstance held) {
        return node.retrieval().openOriginal(held, held.current().version().value());
    }

    static SeekableByteChannel channel(OutgoingObject object) {
        return object.verbatim()
                .orElseThrow(() -> new IllegalStateException("an original has no stored bytes to seek in"));
    }

    private List<Integer> numbers(String list) {
        List<Integer> numbers = new ArrayList<>();
        for (String number : list.split(",", -1)) {
            if (!number.matches("\\d{1,9}") || number.matches("0+")) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "frames are numbers from 1, with commas");
            }
            if (numbers.size() >= node.limits().maxFrames()) {
                throw new ArchiveException(
                        ArchiveError.REQUEST_TOO_LARGE,
                        "frames: " + node.limits().maxFrames());
            }
            numbers.add(Integer.parseInt(number));
        }
        return numbers;
    }
}

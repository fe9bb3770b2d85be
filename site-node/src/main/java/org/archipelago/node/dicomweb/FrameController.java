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
        List<Integer> numbers = numbers(list);
        HeldInstance held = node.retrieval().select(scope).stream()
                .findFirst()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "instance"));
        List<FrameNegotiation> forms =
                FrameNegotiation.of(AcceptHeader.of(request), held.current().transferSyntax(), numbers.size() == 1);
        String what = Scopes.named("frames " + list, scope);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Vary", "Accept");
        disclosures.disclose(AccessKind.RETRIEVE, request, Optional.of(scope.study()), what, tally -> {
            try (OutgoingObject object = original(held)) {
                FrameSource.Frames frames = node.frames().open(channel(object), object.transferSyntax());
                if (numbers.stream().anyMatch(n -> n > frames.count())) {
                    throw new ArchiveException(ArchiveError.NOT_FOUND, "frame; the image has " + frames.count());
                }
                send(frames, numbers, forms, request, response, tally);
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

    /** Goes to the next form that the caller takes when decoding fails, as long as nothing has left. */
    private static void send(
            FrameSource.Frames frames,
            List<Integer> numbers,
            List<FrameNegotiation> forms,
            HttpServletRequest request,
            HttpServletResponse response,
            Disclosures.Tally tally)
            throws IOException {
        for (int i = 0; ; i++) {
            try {
                send(frames, numbers, forms.get(i), request, response, tally);
                return;
            } catch (ArchiveException e) {
                if (e.error() != ArchiveError.TRANSCODING_FAILED || i + 1 == forms.size() || response.isCommitted()) {
                    throw e;
                }
                response.resetBuffer();
            }
        }
    }

    private static void send(
            FrameSource.Frames frames,
            List<Integer> numbers,
            FrameNegotiation form,
            HttpServletRequest request,
            HttpServletResponse response,
            Disclosures.Tally tally)
            throws IOException {
        String boundary = DicomWeb.newBoundary();
        response.setContentType(
                form.multipart() ? MultipartWriter.contentType(form.media(), boundary) : form.contentType());
        if (request.getMethod().equals("HEAD")) {
            return;
        }
        ByteCount out = new ByteCount(response.getOutputStream());
        MultipartWriter parts = new MultipartWriter(out, boundary);
        String url = request.getRequestURL().toString();
        String base = url.substring(0, url.lastIndexOf('/') + 1);
        for (int number : numbers) {
            long before = out.bytes();
            if (form.multipart()) {
                parts.part(form.contentType(), base + number);
            }
            if (form.decoded()) {
                frames.decoded(number, out);
            } else {
                frames.stored(number, out);
            }
            tally.add(1, out.bytes() - before);
        }
        if (form.multipart()) {
            parts.end();
        }
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

package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.node.dicom.dataset.PlainBytes;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.node.web.ByteCount;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** WADO-RS bulk data (PS3.18 §10.4.1.1.5): values that metadata names by address. Octets are little endian. */
@RestController
class BulkDataController {
    private static final String OCTETS = "application/octet-stream";
    private static final int ENCAPSULATED_DOCUMENT = 0x00420011;
    private static final int MIME_TYPE_OF_ENCAPSULATED_DOCUMENT = 0x00420012;

    private final DicomWeb node;
    private final Disclosures disclosures;

    BulkDataController(DicomWeb node, Disclosures disclosures) {
        this.node = node;
        this.disclosures = disclosures;
    }

    /** How a value leaves. */
    private record Form(boolean multipart, String media) {}

    /** A value that was found. */
    private record Found(Attribute attribute, String media) {}

    @GetMapping("/dicom-web/studies/{study}/series/{series}/instances/{instance}/bulkdata/{*path}")
    void bulkData(
            @PathVariable String study,
            @PathVariable String series,
            @PathVariable String instance,
            @PathVariable String path,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Scope scope = Scopes.instance(study, series, instance);
        String what = Scopes.named("bulk data", scope);
        response.setHeader("Cache-Control", "no-store");
        disclosures.disclose(AccessKind.RETRIEVE, request, response, Optional.of(scope.study()), what, tally -> {
            List<Integer> steps = BulkPath.parse(path);
            HeldInstance held = node.retrieval().select(scope).stream()
                    .findFirst()
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "instance"));
            if (EntityTag.isHeld(request, response, held.current().version().value())) {
                return;
            }
            EntityTag.name(response, held.current().version().value());
            tally.found(node.retrieval().patientsOf(List.of(held)));
            Found found = find(held, steps);
            if (isEncapsulated(found.attribute())) {
                sendFrames(held, request, response, tally);
            } else {
                sendValue(held, found, request, response, tally);
            }
        });
    }

    private void sendValue(
            HeldInstance held,
            Found found,
            HttpServletRequest request,
            HttpServletResponse response,
            Disclosures.Tally tally)
            throws IOException {
        Form form = negotiate(AcceptHeader.of(request), found.media());
        response.setHeader("Vary", "Accept");
        String boundary = DicomWeb.newBoundary();
        response.setContentType(form.multipart() ? MultipartWriter.contentType(form.media(), boundary) : form.media());
        if (request.getMethod().equals("HEAD")) {
            return;
        }
        ByteCount out = new ByteCount(response.getOutputStream());
        try (OutgoingObject object = original(held)) {
            MultipartWriter parts = new MultipartWriter(out, boundary);
            if (form.multipart()) {
                parts.part(form.media(), request.getRequestURL().toString());
            }
            send(found.attribute(), object, out);
            if (form.multipart()) {
                parts.end();
            }
            tally.add(1, 0);
        } finally {
            tally.add(0, out.bytes());
        }
    }

    /** Where it is in the very version that is held: another may become current meanwhile. */
    private Found find(HeldInstance held, List<Integer> steps) {
        AttributeSet set = node.retrieval().metadata(held);
        Attribute attribute =
                BulkPath.find(set, steps).orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "bulk data"));
        Optional<String> media = steps.equals(List.of(ENCAPSULATED_DOCUMENT))
                ? set.text(MIME_TYPE_OF_ENCAPSULATED_DOCUMENT).map(BulkDataController::safeMedia)
                : Optional.empty();
        return new Found(attribute, media.orElse(OCTETS));
    }

    /** The object's own word is repeated only where a browser does nothing with it but show or save it. */
    private static String safeMedia(String claimed) {
        return switch (claimed.strip().toLowerCase(java.util.Locale.ROOT)) {
            case "application/pdf" -> "application/pdf";
            case "model/stl" -> "model/stl";
            default -> OCTETS;
        };
    }

    private static Form negotiate(List<MediaRange> ranges, String own) {
        for (MediaRange range : ranges) {
            boolean multipart = range.isMultipart() || range.isAnything();
            if (range.takes(own)) {
                return new Form(multipart, own);
            }
            if (range.takes(OCTETS)) {
                return new Form(multipart, OCTETS);
            }
        }
        throw new ArchiveException(ArchiveError.NOT_ACCEPTABLE, "this value leaves as " + own + " or " + OCTETS);
    }

    private static void send(Attribute attribute, OutgoingObject object, OutputStream out) throws IOException {
        switch (attribute.values().getFirst()) {
            case Value.Inline inline -> out.write(inline.bytes());
            case Value.Bulk bulk -> {
                try (InputStream value = PlainBytes.bulk(
                        FrameController.channel(object), object.transferSyntax(), attribute.vr(), bulk)) {
                    value.transferTo(out);
                }
            }
            case Value.Text _, Value.Name _, Value.Numeric _, Value.Item _ ->
                throw new ArchiveException(ArchiveError.NOT_FOUND, "bulk data");
        }
    }

    private static boolean isEncapsulated(Attribute attribute) {
        return attribute.values().getFirst() instanceof Value.Bulk(long _, long length) && length < 0;
    }

    /** Pixel data in fragments has no octets of its own: it leaves as all of its frames (PS3.18 §8.7.3.3). */
    private void sendFrames(
            HeldInstance held, HttpServletRequest request, HttpServletResponse response, Disclosures.Tally tally)
            throws IOException {
        try (OutgoingObject object = original(held)) {
            FrameSource.Image frames = node.frames().open(FrameController.channel(object), object.transferSyntax());
            if (frames.count() > node.limits().maxFrames()) {
                throw new ArchiveException(
                        ArchiveError.REQUEST_TOO_LARGE,
                        "frames: " + node.limits().maxFrames());
            }
            List<Integer> numbers =
                    IntStream.rangeClosed(1, frames.count()).boxed().toList();
            List<FrameNegotiation> forms =
                    FrameNegotiation.of(AcceptHeader.of(request), object.transferSyntax(), numbers.size() == 1);
            String url = request.getRequestURL().toString();
            String base = url.substring(0, url.indexOf("/bulkdata/")) + "/frames/";
            new FrameAnswer(frames, numbers, base).send(forms, request, response, tally);
        }
    }

    private OutgoingObject original(HeldInstance held) {
        return node.retrieval().openOriginal(held, held.current().version().value());
    }
}

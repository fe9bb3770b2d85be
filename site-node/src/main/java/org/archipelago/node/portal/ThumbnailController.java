package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Small pictures; the middle instance stands for its series. What cannot be shown gets a drawn placeholder. */
@RestController
class ThumbnailController {
    private static final String PLACEHOLDER =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 256 256\" role=\"img\" aria-label=\"no picture\">"
                    + "<rect width=\"256\" height=\"256\" fill=\"#1b2733\"/><g fill=\"none\" stroke=\"#5d7489\" stroke-width=\"8\">"
                    + "<path d=\"M84 56h62l30 30v114H84z\"/><path d=\"M146 56v30h30\"/>"
                    + "<path d=\"M104 120h52M104 146h52M104 172h32\"/></g></svg>";

    private final Retrieval retrieval;
    private final Thumbnails thumbnails;
    private final Disclosures disclosures;
    /** Decoding takes memory by the size of an image: few at once. */
    private final Semaphore decoding =
            new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));

    private final int edgePixels;
    private final Map<String, Picture> cache;

    private record Picture(String type, byte[] bytes) {}

    ThumbnailController(
            Retrieval retrieval, Thumbnails thumbnails, ThumbnailSettings settings, Disclosures disclosures) {
        this.retrieval = retrieval;
        this.thumbnails = thumbnails;
        this.edgePixels = settings.edgePixels();
        this.cache = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Picture> eldest) {
                return size() > settings.maxCached();
            }
        };
        this.disclosures = disclosures;
    }

    @GetMapping("/api/thumbnails/studies/{study}/series/{series}")
    void series(
            @PathVariable String study,
            @PathVariable String series,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        send(
                new Scope(new StudyInstanceUid(study), Optional.of(new SeriesInstanceUid(series)), Optional.empty()),
                request,
                response);
    }

    @GetMapping("/api/thumbnails/studies/{study}/series/{series}/instances/{instance}")
    void instance(
            @PathVariable String study,
            @PathVariable String series,
            @PathVariable String instance,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        send(
                new Scope(
                        new StudyInstanceUid(study),
                        Optional.of(new SeriesInstanceUid(series)),
                        Optional.of(new SopInstanceUid(instance))),
                request,
                response);
    }

    private void send(Scope scope, HttpServletRequest request, HttpServletResponse response) throws IOException {
        disclosures.disclose(AccessKind.VIEW, request, response, Optional.of(scope.study()), "thumbnail", tally -> {
            List<HeldInstance> held = retrieval.select(scope);
            if (held.isEmpty()) {
                throw new ArchiveException(ArchiveError.NOT_FOUND, "series or instance");
            }
            HeldInstance middle = held.get(held.size() / 2);
            String tag = "W/\"" + middle.current().version() + "\"";
            response.setHeader("ETag", tag);
            response.setHeader("Cache-Control", "private, no-cache");
            if (tag.equals(request.getHeader("If-None-Match"))) {
                response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
                return;
            }
            tally.found(retrieval.patientsOf(List.of(middle)));
            Picture picture = picture(middle);
            response.setContentType(picture.type());
            response.setContentLength(picture.bytes().length);
            response.getOutputStream().write(picture.bytes());
            tally.add(1, picture.bytes().length);
        });
    }

    private Picture picture(HeldInstance instance) throws IOException {
        String version = instance.current().version().value();
        synchronized (cache) {
            Picture known = cache.get(version);
            if (known != null) {
                return known;
            }
        }
        Picture made = make(instance, version);
        synchronized (cache) {
            cache.put(version, made);
        }
        return made;
    }

    private Picture make(HeldInstance instance, String version) throws IOException {
        decoding.acquireUninterruptibly();
        try (OutgoingObject object = retrieval.openOriginal(instance, version)) {
            SeekableByteChannel channel = object.verbatim()
                    .orElseThrow(() -> new IllegalStateException("an original has no stored bytes to seek in"));
            return new Picture("image/jpeg", thumbnails.jpeg(channel, object.transferSyntax(), edgePixels));
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case NOT_FOUND, TRANSCODING_FAILED, NOT_ACCEPTABLE, DATASET_LIMIT ->
                    new Picture("image/svg+xml", PLACEHOLDER.getBytes(StandardCharsets.UTF_8));
                default -> throw e;
            };
        } finally {
            decoding.release();
        }
    }
}

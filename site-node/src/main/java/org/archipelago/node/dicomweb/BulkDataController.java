package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval.Scope;
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
    private static final int COPY_BYTES = 64 * 1024;

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
        List<Integer> steps = BulkPath.parse(path);
        HeldInstance held = node.retrieval().select(scope).stream()
                .findFirst()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "instance"));
        Found found = find(scope, steps);
        Form form = negotiate(AcceptHeader.of(request), found.media());
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Vary", "Accept");
        String what = Scopes.named("bulk data", scope);
        disclosures.disclose(AccessKind.RETRIEVE, request, Optional.of(scope.study()), what, tally -> {
            String boundary = DicomWeb.newBoundary();
            response.setContentType(
                    form.multipart() ? MultipartWriter.contentType(form.media(), boundary) : form.media());
            if (request.getMethod().equals("HEAD")) {
                return;
            }
            ByteCount out = new ByteCount(response.getOutputStream());
            try (OutgoingObject object =
                    node.retrieval().openOriginal(held, held.current().version().value())) {
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
        });
    }

    private Found find(Scope scope, List<Integer> steps) {
        try (Stream<AttributeSet> all = node.retrieval().metadata(scope)) {
            AttributeSet set =
                    all.findFirst().orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "instance"));
            Attribute attribute = BulkPath.find(set, steps)
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "bulk data"));
            Optional<String> media = steps.equals(List.of(ENCAPSULATED_DOCUMENT))
                    ? set.text(MIME_TYPE_OF_ENCAPSULATED_DOCUMENT).map(BulkDataController::safeMedia)
                    : Optional.empty();
            return new Found(attribute, media.orElse(OCTETS));
        }
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

    private void send(Attribute attribute, OutgoingObject object, OutputStream out) throws IOException {
        switch (attribute.values().getFirst()) {
            case Value.Inline inline -> out.write(inline.bytes());
            case Value.Bulk bulk when bulk.lengthBytes() < 0 -> encapsulated(object, out);
            case Value.Bulk bulk -> {
                int swap = object.transferSyntax().equals(TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN)
                        ? wordBytes(attribute.vr())
                        : 1;
                copy(plain(object), bulk, swap, out);
            }
            case Value.Text _, Value.Name _, Value.Numeric _, Value.Item _ ->
                throw new ArchiveException(ArchiveError.NOT_FOUND, "bulk data");
        }
    }

    private void encapsulated(OutgoingObject object, OutputStream out) throws IOException {
        FrameSource.Frames frames = node.frames().open(FrameController.channel(object), object.transferSyntax());
        for (int number = 1; number <= frames.count(); number++) {
            frames.decoded(number, out);
        }
    }

    private static int wordBytes(Vr vr) {
        return switch (vr) {
            case OW -> Short.BYTES;
            case OF, OL -> Integer.BYTES;
            case OD, OV -> Long.BYTES;
            default -> 1;
        };
    }

    /** The data set from its start; offsets of values in a deflated one are of its inflated bytes. */
    private static InputStream plain(OutgoingObject object) {
        SeekableByteChannel channel = FrameController.channel(object);
        InputStream stored = new SeekableInput(channel);
        return object.transferSyntax().equals(TransferSyntaxUid.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
                ? new InflaterInputStream(stored, new Inflater(true), COPY_BYTES)
                : stored;
    }

    private static void copy(InputStream from, Value.Bulk bulk, int wordBytes, OutputStream out) throws IOException {
        try (from) {
            from.skipNBytes(bulk.offsetBytes());
            long left = bulk.lengthBytes();
            while (left > 0) {
                byte[] bytes = from.readNBytes((int) Math.min(left, COPY_BYTES));
                if (bytes.length == 0) {
                    throw new ArchiveException(ArchiveError.CORRUPT, "bulk data ends early");
                }
                swap(bytes, bytes.length, wordBytes);
                out.write(bytes);
                left -= bytes.length;
            }
        }
    }

    private static void swap(byte[] bytes, int length, int wordBytes) {
        for (int word = 0; wordBytes > 1 && word + wordBytes <= length; word += wordBytes) {
            for (int i = 0; i < wordBytes / 2; i++) {
                byte b = bytes[word + i];
                bytes[word + i] = bytes[word + wordBytes - 1 - i];
                bytes[word + wordBytes - 1 - i] = b;
            }
        }
    }
}

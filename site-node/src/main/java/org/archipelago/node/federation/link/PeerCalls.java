package org.archipelago.node.federation.link;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.link.BlobService;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.LinkCodec;
import org.archipelago.federation.link.LinkService;

/** What a call asks, by its address and parameters, and the bytes that answer it. */
final class PeerCalls {
    static final String HEADS = "/v1/heads";
    static final String CHECKPOINT = "/v1/checkpoint";
    static final String RECORDS = "/v1/records";
    static final String CONSISTENCY = "/v1/consistency";
    static final String KEYS = "/v1/keys";
    static final String RETURNED = "/v1/returned";
    static final String BLOBS = "/v1/blobs/";

    private static final int MAX_NUMBER_DIGITS = 19;

    private final LinkService service;
    private final BlobService blobs;

    PeerCalls(LinkService service, BlobService blobs) {
        this.service = service;
        this.blobs = blobs;
    }

    /**
     * @return empty where there is nothing yet
     * @throws ArchiveException NOT_FOUND for another address; INVALID_REQUEST; what the service throws
     */
    Optional<byte[]> answer(SiteId caller, HttpServletRequest request) throws InterruptedException {
        return switch (request.getRequestURI()) {
            case HEADS -> Optional.of(LinkCodec.heads(service.heads(caller)));
            case CHECKPOINT -> service.checkpoint(caller, origin(request)).map(note -> note.toBytes());
            case RECORDS -> Optional.of(records(caller, request));
            case CONSISTENCY ->
                Optional.of(LinkCodec.consistency(service.consistency(
                        caller, origin(request), number(request, "first"), number(request, "second"))));
            case KEYS -> Optional.of(LinkCodec.keys(service.keys(caller, study(request))));
            case RETURNED ->
                Optional.of(LinkCodec.returned(service.returned(
                        caller,
                        new OriginPosition(number(request, "from")),
                        new OriginPosition(number(request, "through")))));
            case String blob when blob.startsWith(BLOBS) -> Optional.of(blob(caller, request));
            default -> throw new ArchiveException(ArchiveError.NOT_FOUND, "address");
        };
    }

    long unsignedRecords() {
        return service.unsignedRecords();
    }

    private byte[] blob(SiteId caller, HttpServletRequest request) {
        long maxBytes = number(request, "max");
        if (maxBytes > LinkBounds.MAX_BLOB_PART_BYTES) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "max");
        }
        BlobId id = blobId(request.getRequestURI().substring(BLOBS.length()));
        return blobs.blob(caller, origin(request), id, number(request, "from"), (int) maxBytes)
                .toBytes();
    }

    private static BlobId blobId(String text) {
        try {
            return BlobId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "blob", e);
        }
    }

    private byte[] records(SiteId caller, HttpServletRequest request) throws InterruptedException {
        long maxBytes = number(request, "max");
        long waitMs = number(request, "wait");
        if (maxBytes > LinkBounds.MAX_BATCH_BYTES || waitMs > LinkBounds.MAX_WAIT.toMillis()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "max or wait");
        }
        return BatchCompression.compress(LinkCodec.batch(service.records(
                caller,
                origin(request),
                new OriginPosition(number(request, "from")),
                (int) maxBytes,
                Duration.ofMillis(waitMs))));
    }

    private static SiteId origin(HttpServletRequest request) {
        try {
            return SiteId.parse(parameter(request, "origin"));
        } catch (IllegalArgumentException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "origin", e);
        }
    }

    /** Not stated: of none. */
    private static Optional<StreamId> study(HttpServletRequest request) {
        return Optional.ofNullable(request.getParameter("study")).map(StreamId::new);
    }

    private static long number(HttpServletRequest request, String name) {
        String text = parameter(request, name);
        try {
            if (text.length() <= MAX_NUMBER_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, name, e);
        }
        throw new ArchiveException(ArchiveError.INVALID_REQUEST, name);
    }

    private static String parameter(HttpServletRequest request, String name) {
        String value = request.getParameter(name);
        if (value == null) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, name);
        }
        return value;
    }
}

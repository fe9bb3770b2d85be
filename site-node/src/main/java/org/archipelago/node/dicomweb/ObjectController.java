package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.node.web.ByteCount;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * WADO-RS for whole objects (PS3.18 §10.4.1.1): each streams from the blob store to the caller; of the first one the
 * beginning is held back. One that cannot be read is left out and said to be, as long as nothing has left (206, PS3.18 Table
 * 8.5-1), and answered with a status where it is the only one. Nothing on the way may keep an answer; who has
 * one itself can ask by its entity tag, which changes with corrections, too, whether it still holds. A failure after that cuts the
 * connection, so an incomplete answer never looks complete. An instance's other versions leave by {@code ?version=}, a
 * parameter of our own, with the corrections in force like the current one.
 */
@RestController
class ObjectController {
    private static final String DICOM = "application/dicom";
    /** Objects on their way here from other sites, besides the one that leaves. */
    private static final int EXPECTED = 5;

    private final DicomWeb node;
    private final Disclosures disclosures;

    ObjectController(DicomWeb node, Disclosures disclosures) {
        this.node = node;
        this.disclosures = disclosures;
    }

    @GetMapping("/dicom-web/studies/{study}")
    void study(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        retrieve(Scopes.study(study), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/series/{series}")
    void series(
            @PathVariable String study,
            @PathVariable String series,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        retrieve(Scopes.series(study, series), request, response);
    }

    @GetMapping("/dicom-web/studies/{study}/series/{series}/instances/{instance}")
    void instance(
            @PathVariable String study,
            @PathVariable String series,
            @PathVariable String instance,
            @RequestParam Optional<String> version,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Scope scope = Scopes.instance(study, series, instance);
        String named = Scopes.named("objects", scope);
        retrieve(
                scope,
                version.map(VersionId::new),
                version.map(id -> named + " version " + id).orElse(named),
                () -> version.isEmpty() ? node.retrieval().revisionTag(scope) : Optional.empty(),
                () -> version.isEmpty() ? select(scope) : List.of(select(scope, new VersionId(version.get()))),
                request,
                response);
    }

    private List<HeldInstance> select(Scope scope) {
        List<HeldInstance> held = node.retrieval().select(scope);
        if (held.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "study, series or instance");
        }
        return held;
    }

    private HeldInstance select(Scope scope, VersionId version) {
        return select(scope)
                .getFirst()
                .leaving(version)
                .map(node.retrieval()::leaving)
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "version of an instance"));
    }

    private void retrieve(Scope scope, HttpServletRequest request, HttpServletResponse response) throws IOException {
        retrieve(
                scope,
                Optional.empty(),
                Scopes.named("objects", scope),
                () -> node.retrieval().revisionTag(scope),
                () -> select(scope),
                request,
                response);
    }

    /** Looks for the objects once the request is recorded, so that the record says of a refusal that it was one. */
    private void retrieve(
            Scope scope,
            Optional<VersionId> version,
            String what,
            Supplier<Optional<String>> revision,
            Supplier<List<HeldInstance>> selection,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        disclosures.disclose(
                AccessKind.RETRIEVE, request, response, Optional.of(scope.study()), version, what, tally -> {
                    ObjectNegotiation form = ObjectNegotiation.of(
                            AcceptHeader.of(request), scope.instance().isPresent());
                    // Taken before the answer is: should it change in between, the next validation fails and fetches
                    // anew.
                    Optional<String> tag = revision.get();
                    List<HeldInstance> held = selection.get();
                    if (tag.isPresent() && EntityTag.isHeld(request, response, tag.get())) {
                        return;
                    }
                    tally.found(node.retrieval().patientsOf(held));
                    response.setHeader("Cache-Control", "no-store");
                    response.setHeader("Vary", "Accept");
                    node.conflicts().addTo(response, Set.of(scope.study()));
                    if (form.multipart()) {
                        sendParts(held, form, tag, request, response, tally);
                    } else {
                        tag.ifPresent(one -> EntityTag.name(response, one));
                        sendOne(held.getFirst(), form, request, response, tally);
                    }
                });
    }

    private void sendParts(
            List<HeldInstance> wanted,
            ObjectNegotiation form,
            Optional<String> tag,
            HttpServletRequest request,
            HttpServletResponse response,
            Disclosures.Tally tally)
            throws IOException {
        LeftOut leftOut = new LeftOut(wanted.size());
        List<HeldInstance> instances =
                wanted.stream().filter(held -> canLeave(held, form, leftOut)).toList();
        leftOut.requireSome();
        String boundary = DicomWeb.newBoundary();
        response.setContentType(MultipartWriter.contentType(DICOM, boundary));
        if (isHead(request)) {
            leftOut.tell(response, tag);
            return;
        }
        Addresses addresses = new Addresses(request);
        ByteCount out = new ByteCount(response.getOutputStream());
        HeldBack held = new HeldBack(out, () -> leftOut.tell(response, tag));
        MultipartWriter parts = new MultipartWriter(held, boundary);
        for (int i = 0; i < instances.size(); i++) {
            HeldInstance instance = instances.get(i);
            node.retrieval().expect(instances.subList(i, Math.min(i + EXPECTED, instances.size())));
            long before = out.bytes();
            try (OutgoingObject object = open(instance, form)) {
                parts.part(
                        mediaType(object),
                        addresses.instance(instance.study(), instance.series(), object.sopInstanceUid()));
                send(object, held);
                held.release();
            } catch (ArchiveException e) {
                if (held.released()) {
                    throw e;
                }
                held.discard();
                parts = new MultipartWriter(held, boundary);
                leftOut.add(e);
                leftOut.requireSome();
                continue;
            } finally {
                tally.add(0, out.bytes() - before);
            }
            tally.add(1, 0);
        }
        parts.end();
    }

    /** Asked before the first byte: later there is no way to say that one is left out. */
    private boolean canLeave(HeldInstance instance, ObjectNegotiation form, LeftOut leftOut) {
        TransferSyntaxUid stored = instance.current().transferSyntax();
        List<TransferSyntaxUid> accepted = form.accepted(stored);
        try {
            if (form.storedWillDo() || accepted.isEmpty() || accepted.contains(stored)) {
                node.retrieval().check(instance);
            } else {
                node.retrieval().open(instance, accepted).close();
            }
            return true;
        } catch (ArchiveException e) {
            leftOut.add(e);
            return false;
        }
    }

    private void sendOne(
            HeldInstance instance,
            ObjectNegotiation form,
            HttpServletRequest request,
            HttpServletResponse response,
            Disclosures.Tally tally)
            throws IOException {
        try (OutgoingObject object = open(instance, form)) {
            response.setContentType(mediaType(object));
            if (isHead(request)) {
                return;
            }
            ByteCount out = new ByteCount(response.getOutputStream());
            HeldBack held = new HeldBack(out, () -> {});
            try {
                send(object, held);
                held.release();
            } finally {
                tally.add(0, out.bytes());
            }
            tally.add(1, 0);
        }
    }

    private static void send(OutgoingObject object, OutputStream out) throws IOException {
        Part10.writeStart(out, object.sopClassUid(), object.sopInstanceUid(), object.transferSyntax());
        object.writeTo(out);
    }

    private OutgoingObject open(HeldInstance instance, ObjectNegotiation form) {
        List<TransferSyntaxUid> accepted = form.accepted(instance.current().transferSyntax());
        try {
            return node.retrieval().open(instance, accepted);
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.TRANSCODING_FAILED && form.storedWillDo()) {
                return node.retrieval().open(instance, List.of());
            }
            throw e;
        }
    }

    private static String mediaType(OutgoingObject object) {
        return DICOM + ";transfer-syntax=" + object.transferSyntax();
    }

    private static boolean isHead(HttpServletRequest request) {
        return request.getMethod().equals("HEAD");
    }
}

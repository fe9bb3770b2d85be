package org.archipelago.node.federation;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.proof.ProofFile;
import org.archipelago.node.web.Disclosures;
import org.archipelago.node.web.WebFeature;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /api/checkpoint} and {@code /api/proof}, which tell of a record no more than its header does, and {@code
 * /api/studies/.../proofs}, which says what there is to prove of a study and so is on record as a read of it.
 */
public final class CheckpointApi implements WebFeature {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TEXT = "text/plain;charset=utf-8";

    private final Checkpoints checkpoints;
    private final RecordProofs proofs;
    private final Disclosures disclosures;

    public CheckpointApi(Checkpoints checkpoints, RecordProofs proofs, Disclosures disclosures) {
        this.checkpoints = checkpoints;
        this.proofs = proofs;
        this.disclosures = disclosures;
    }

    @Override
    public List<Object> beans() {
        return List.of(new CheckpointController(checkpoints, proofs), new StudyProofsController(proofs, disclosures));
    }

    /** Package-private methods are enough for Spring. */
    @RestController
    static class CheckpointController {
        private final Checkpoints checkpoints;
        private final RecordProofs proofs;

        CheckpointController(Checkpoints checkpoints, RecordProofs proofs) {
            this.checkpoints = checkpoints;
            this.proofs = proofs;
        }

        @GetMapping("/api/checkpoint")
        void checkpoint(HttpServletResponse response) throws IOException {
            SignedCheckpoint latest = checkpoints
                    .latest()
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "checkpoint of this site"));
            write(response, TEXT, latest.note().toBytes());
        }

        @GetMapping("/api/proof")
        void proof(
                @RequestParam Optional<Long> position,
                @RequestParam Optional<String> record,
                HttpServletResponse response)
                throws IOException {
            if (position.isPresent() == record.isPresent()) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "one of position and record");
            }
            ProofFile proof = position.map(CheckpointController::at)
                    .map(proofs::at)
                    .orElseGet(() -> proofs.of(id(record.orElseThrow())));
            write(response, TEXT, proof.toBytes());
        }

        private static OriginPosition at(long position) {
            if (position < 0) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "position");
            }
            return new OriginPosition(position);
        }

        private static RecordId id(String record) {
            try {
                return RecordId.parse(record);
            } catch (IllegalArgumentException e) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "record id", e);
            }
        }
    }

    @RestController
    static class StudyProofsController {
        private final RecordProofs proofs;
        private final Disclosures disclosures;

        StudyProofsController(RecordProofs proofs, Disclosures disclosures) {
            this.proofs = proofs;
            this.disclosures = disclosures;
        }

        @GetMapping("/api/studies/{study}/proofs")
        void proofs(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            StudyInstanceUid uid = new StudyInstanceUid(study);
            String what = "api: what can be proven of the study";
            disclosures.disclose(AccessKind.VIEW, request, response, Optional.of(uid), what, tally -> {
                List<Map<String, Object>> records = proofs.ofStudy(uid).stream()
                        .map(position -> Map.<String, Object>of(
                                "position", position.value(), "proof", "/api/proof?position=" + position))
                        .toList();
                byte[] json = JSON.writeValueAsBytes(records);
                write(response, "application/json", json);
                tally.add(records.size(), json.length);
            });
        }
    }

    private static void write(HttpServletResponse response, String type, byte[] body) throws IOException {
        response.setHeader("Cache-Control", "no-store");
        response.setContentType(type);
        response.setCharacterEncoding(StandardCharsets.UTF_8.name());
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}

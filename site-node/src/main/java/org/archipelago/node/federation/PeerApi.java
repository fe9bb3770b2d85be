package org.archipelago.node.federation;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.node.web.OperatorToken;
import org.archipelago.node.web.WebFeature;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/peers}: only with the token that is in the node's data directory, since who is a member decides who gets records. */
public final class PeerApi implements WebFeature {
    private final Peers peers;
    private final OperatorToken token;

    public PeerApi(Peers peers, OperatorToken token) {
        this.peers = peers;
        this.token = token;
    }

    @Override
    public List<Object> beans() {
        return List.of(new PeerController(peers, token));
    }

    /** Package-private methods are enough for Spring. */
    @RestController
    static class PeerController {
        private final Peers peers;
        private final OperatorToken token;

        PeerController(Peers peers, OperatorToken token) {
            this.peers = peers;
            this.token = token;
        }

        @GetMapping("/api/peers")
        List<Map<String, String>> list(HttpServletRequest request) {
            token.require(request);
            return peers.members().stream().map(PeerController::facts).toList();
        }

        @PostMapping("/api/peers/invitation")
        Map<String, String> invite(HttpServletRequest request) {
            token.require(request);
            return Map.of("descriptor", new String(peers.invite(by(request)), StandardCharsets.UTF_8));
        }

        @PostMapping("/api/peers")
        Map<String, String> accept(@RequestParam String fingerprint, HttpServletRequest request) throws IOException {
            token.require(request);
            byte[] file = request.getInputStream().readNBytes(SiteDescriptor.MAX_LENGTH_BYTES + 1);
            Peers.Accepted accepted = peers.accept(file, SiteFingerprint.parse(fingerprint), by(request));
            Map<String, String> answer = facts(accepted.peer());
            accepted.reply().ifPresent(reply -> answer.put("reply", new String(reply, StandardCharsets.UTF_8)));
            return answer;
        }

        @DeleteMapping("/api/peers/{site}")
        Map<String, String> remove(@PathVariable String site, @RequestParam String reason, HttpServletRequest request) {
            token.require(request);
            peers.remove(id(site), reason, by(request));
            return Map.of("state", "removed");
        }

        private static SiteId id(String site) {
            try {
                return SiteId.parse(site);
            } catch (IllegalArgumentException e) {
                throw new ArchiveException(ArchiveError.NOT_FOUND, "member", e);
            }
        }

        /** Somebody who may read the data directory; no person is asserted. */
        private static Actor by(HttpServletRequest request) {
            return Actor.unidentified("operator", request.getRemoteAddr());
        }

        private static Map<String, String> facts(SiteDescriptor peer) {
            Map<String, String> facts = new LinkedHashMap<>();
            facts.put("site", peer.site().toString());
            facts.put("label", peer.label());
            facts.put("fingerprint", peer.fingerprint().toString());
            facts.put("address", peer.address().map(Object::toString).orElse(""));
            facts.put("issued", peer.issued().toString());
            return facts;
        }
    }
}

package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.query.cluster.BulkWrite;
import org.archipelago.query.cluster.SearchCluster;
import org.jspecify.annotations.Nullable;

/** The token of a generation: one document in each of its indexes, beside the documents that it accounts for. For one thread. */
final class TokenDocuments {
    static final String ID = "_token";
    static final RecordId NO_RECORD = new RecordId(new UUID(0, 0));

    /** After this long without a sign of life a claim counts as given up. */
    static final Duration CLAIM_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration CLAIM_RENEWAL = Duration.ofSeconds(3);

    private final SearchCluster cluster;
    private final List<String> physical;
    private final String owner;
    private final Clock clock;
    private List<SearchCluster.DocumentPlace> places = List.of();
    private final @Nullable LocalToken[] written;
    private long claimedAtMs;

    TokenDocuments(SearchCluster cluster, List<String> physical, String owner, Clock clock) {
        this.cluster = cluster;
        this.physical = physical;
        this.owner = owner;
        this.clock = clock;
        this.written = new LocalToken[physical.size()];
    }

    static LocalToken start(Incarnation incarnation) {
        return new LocalToken(incarnation, new LocalPosition(-1), NO_RECORD);
    }

    /** Document of a token that nobody claims. */
    static ObjectNode document(LocalToken token, String owner, long claimedAtMs) {
        ObjectNode document = SearchCluster.object().put("kind", "token");
        document.putObject("token")
                .put("incarnation", token.incarnation().toString())
                .put("local", token.local().value())
                .put("record", token.record().toString())
                .put("owner", owner)
                .put("claimedAtMs", claimedAtMs);
        return document;
    }

    /** The earliest token of the indexes; empty when one of them is gone. */
    Optional<LocalToken> read() {
        return readAll().map(TokenDocuments::earliest);
    }

    /** As {@link #read}, and from now on this owner alone may store. Empty too when another owner has it. */
    Optional<LocalToken> claim() {
        Optional<List<JsonNode>> found = readAll();
        if (found.isEmpty() || found.get().stream().anyMatch(this::heldByAnother)) {
            return Optional.empty();
        }
        LocalToken token = earliest(found.get());
        places = found.get().stream()
                .map(d -> new SearchCluster.DocumentPlace(
                        d.path("_seq_no").asLong(), d.path("_primary_term").asLong()))
                .toList();
        return store(token) ? Optional.of(token) : Optional.empty();
    }

    /** @return false when a token is gone or was written by somebody else: this owner must stop */
    boolean store(LocalToken token) {
        return write(token, owner, clock.millis(), allIndexes());
    }

    /**
     * Stores in those indexes whose documents changed. The others' tokens may stay behind: what they miss changed nothing
     * in them, and folding it again changes nothing.
     */
    boolean store(LocalToken token, Set<String> changed) {
        if (!isFresh()) {
            return store(token);
        }
        return write(token, owner, claimedAtMs, allIndexes().filter(i -> changed.contains(physical.get(i))));
    }

    private IntStream allIndexes() {
        return IntStream.range(0, physical.size());
    }

    /** Whether the claim was renewed a short while ago. */
    private boolean isFresh() {
        return !places.isEmpty() && clock.millis() - claimedAtMs < CLAIM_RENEWAL.toMillis();
    }

    /** Before a batch, whose own token follows: renews the claim if it is time to. @return as {@link #store(LocalToken)} */
    boolean keep(LocalToken token) {
        return isFresh() || store(token);
    }

    /** Makes sure that the tokens are there, ours and up to date. */
    boolean renew(LocalToken token) {
        if (!isFresh() || !Arrays.stream(written).allMatch(token::equals)) {
            return store(token);
        }
        return readAll().filter(found -> found.stream().allMatch(this::isOurs)).isPresent();
    }

    void release(LocalToken token) {
        if (!places.isEmpty()) {
            write(token, "", 0, allIndexes());
        }
    }

    private boolean write(LocalToken token, String by, long atMs, IntStream which) {
        if (places.isEmpty()) {
            return false;
        }
        int[] targets = which.toArray();
        List<BulkWrite.Replace> writes = new ArrayList<>();
        for (int i : targets) {
            writes.add(new BulkWrite.Replace(
                    physical.get(i),
                    ID,
                    places.get(i).seqNo(),
                    places.get(i).primaryTerm(),
                    document(token, by, atMs)));
        }
        Optional<List<SearchCluster.DocumentPlace>> done =
                writes.isEmpty() ? Optional.of(List.of()) : cluster.replace(writes);
        if (done.isEmpty()) {
            places = List.of();
            return false;
        }
        List<SearchCluster.DocumentPlace> now = new ArrayList<>(places);
        for (int i = 0; i < targets.length; i++) {
            now.set(targets[i], done.get().get(i));
            written[targets[i]] = token;
        }
        places = now;
        claimedAtMs = atMs;
        return true;
    }

    private Optional<List<JsonNode>> readAll() {
        ObjectNode request = SearchCluster.object();
        ArrayNode wanted = request.putArray("docs");
        physical.forEach(index -> wanted.addObject().put("_index", index).put("_id", ID));
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode document : cluster.documents(request)) {
            if (!document.path("found").asBoolean()) {
                return Optional.empty();
            }
            found.add(document);
        }
        return Optional.of(found);
    }

    private static LocalToken earliest(List<JsonNode> documents) {
        return documents.stream()
                .map(d -> tokenOf(d.path("_source").path("token")))
                .min((a, b) -> a.local().compareTo(b.local()))
                .orElseThrow();
    }

    private static LocalToken tokenOf(JsonNode token) {
        return new LocalToken(
                Incarnation.parse(token.path("incarnation").asText()),
                new LocalPosition(token.path("local").asLong()),
                RecordId.parse(token.path("record").asText()));
    }

    private boolean isOurs(JsonNode document) {
        return document.path("_source").path("token").path("owner").asText().equals(owner);
    }

    private boolean heldByAnother(JsonNode document) {
        JsonNode token = document.path("_source").path("token");
        String holder = token.path("owner").asText();
        return !holder.isEmpty()
                && !holder.equals(owner)
                && clock.millis() - token.path("claimedAtMs").asLong() < CLAIM_TIMEOUT.toMillis();
    }
}

package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One object that was sent once to a node whose disk may fail, and what its sender was told. */
record StoreAttempt(DicomFile object, Outcome outcome, int status) {
    /** Above all that a node may wait before it refuses. */
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private static final int OUT_OF_RESOURCES = 0xA700;
    private static final int PROCESSING_FAILURE = 0x0110;
    private static final ObjectMapper JSON = new ObjectMapper();

    enum Outcome {
        ACKNOWLEDGED,
        /** The status says why. */
        REFUSED,
        /** The connection broke, or there is none. */
        GONE,
        /** No answer in time. */
        HUNG
    }

    boolean isAcknowledged() {
        return outcome == Outcome.ACKNOWLEDGED;
    }

    /**
     * Whether a sender can tell from the status what to do: A7xx, Cxxx (PS3.4 Table B.2-1), or 0110H, processing failure
     * (PS3.7 Annex C.5.21); when the disk is full A700H, no other.
     */
    boolean isRefusedAsIsProper(boolean full) {
        return full
                ? status == OUT_OF_RESOURCES
                : (status & 0xFF00) == OUT_OF_RESOURCES || (status & 0xF000) == 0xC000 || status == PROCESSING_FAILURE;
    }

    @Override
    public String toString() {
        return "%s %s %04XH".formatted(object.sopInstance(), outcome, status);
    }

    /** By C-STORE, on an association of its own. */
    static StoreAttempt store(NodeProcess node, DicomFile object) {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(object))) {
            RawStoreScu.Response response = scu.store(object);
            return new StoreAttempt(
                    object, response.isSuccess() ? Outcome.ACKNOWLEDGED : Outcome.REFUSED, response.status());
        } catch (SocketTimeoutException e) {
            return new StoreAttempt(object, Outcome.HUNG, 0);
        } catch (IOException e) {
            return new StoreAttempt(object, Outcome.GONE, 0);
        }
    }

    /** By one STOW-RS request. */
    static List<StoreAttempt> stow(NodeProcess node, List<DicomFile> objects) {
        try {
            HttpResponse<byte[]> response = CompletableFuture.supplyAsync(() -> new DicomWeb(node)
                            .store(objects.stream().map(DicomFile::part10).toArray(byte[][]::new)))
                    .get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
            return answered(objects, JSON.readTree(response.body()));
        } catch (TimeoutException e) {
            return all(objects, Outcome.HUNG);
        } catch (ExecutionException e) {
            return all(objects, Outcome.GONE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static List<StoreAttempt> all(List<DicomFile> objects, Outcome outcome) {
        return objects.stream()
                .map(object -> new StoreAttempt(object, outcome, 0))
                .toList();
    }

    /** Each is in the ReferencedSOPSequence, or in one of failures with its reason (PS3.18 §10.5.3, Table I.2-2). */
    private static List<StoreAttempt> answered(List<DicomFile> objects, JsonNode answer) {
        List<StoreAttempt> attempts = new ArrayList<>();
        for (DicomFile object : objects) {
            boolean stored = find(answer.path("00081199").path("Value"), object) != null;
            JsonNode failed = find(answer.path("00081198").path("Value"), object);
            JsonNode reason = failed != null
                    ? failed
                    : answer.path("0008119A").path("Value").path(0);
            int status = reason.path("00081197").path("Value").path(0).asInt();
            attempts.add(
                    new StoreAttempt(object, stored ? Outcome.ACKNOWLEDGED : Outcome.REFUSED, stored ? 0 : status));
        }
        return attempts;
    }

    private static @org.jspecify.annotations.Nullable JsonNode find(JsonNode sequence, DicomFile object) {
        for (JsonNode item : sequence) {
            if (DicomWeb.value(item, "00081155").equals(object.sopInstance())) {
                return item;
            }
        }
        return null;
    }
}

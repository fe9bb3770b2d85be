package org.archipelago.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.Progress;

/** Follows a job of a running node. If the command is interrupted meanwhile, the job is cancelled. */
final class RunningJob {
    private static final Duration LOOK = Duration.ofMillis(300);

    private final NodeApi node;

    RunningJob(NodeApi node) {
        this.node = node;
    }

    /** @return its result @throws CommandFailure it failed or was cancelled */
    JsonNode follow(JsonNode started, Progress progress) {
        String path = "/api/jobs/" + started.path("id").asText();
        Thread cancel = new Thread(() -> node.delete(path), "cancel-job");
        Runtime.getRuntime().addShutdownHook(cancel);
        try {
            return await(started, path, progress);
        } finally {
            forget(cancel);
        }
    }

    private JsonNode await(JsonNode started, String path, Progress progress) {
        JsonNode job = started;
        long told = 0;
        while (true) {
            progress.total(job.path("total").asLong());
            long done = job.path("done").asLong();
            progress.advance(done - told);
            told = done;
            switch (job.path("state").asText()) {
                case "done" -> {
                    return job.path("result");
                }
                case "failed" -> throw new CommandFailure(job.path("failure").asText());
                case "cancelled" -> throw new CommandFailure("It was cancelled.", 130);
                default -> pause();
            }
            job = node.get(path);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("Interrupted.", 130);
        }
    }

    private static void forget(Thread cancel) {
        try {
            Runtime.getRuntime().removeShutdownHook(cancel);
        } catch (IllegalStateException e) {
            // the hook is running: the command was interrupted
        }
    }
}

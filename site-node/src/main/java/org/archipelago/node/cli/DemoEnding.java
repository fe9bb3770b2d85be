package org.archipelago.node.cli;

import org.jspecify.annotations.Nullable;

/** Stops the node, then Elasticsearch, once, whether by Ctrl-C or by an error. In place before the first of them starts. */
final class DemoEnding implements AutoCloseable {
    private final Terminal terminal;
    private final ElasticsearchScript elasticsearch;
    private NodeLauncher.@Nullable RunningNode node;
    private boolean ended;

    DemoEnding(Terminal terminal, ElasticsearchScript elasticsearch) {
        this.terminal = terminal;
        this.elasticsearch = elasticsearch;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stop-demo"));
    }

    /** From now on this is what to stop; at once, if the end has come meanwhile. */
    synchronized void node(NodeLauncher.RunningNode running) {
        if (ended) {
            running.close();
        } else {
            node = running;
        }
    }

    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            if (node != null) {
                node.close();
            }
        } finally {
            endElasticsearch();
        }
        terminal.line("Stopped.");
    }

    private void endElasticsearch() {
        try {
            elasticsearch.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            terminal.line("Interrupted while Elasticsearch was stopping; './archipelago elasticsearch stop' ends it.");
        }
    }
}

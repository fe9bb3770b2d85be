package org.archipelago.node.cli;

/** Stops the sites, then Elasticsearch, once, whether by Ctrl-C or by an error. In place before the first of them starts. */
final class DemoEnding implements AutoCloseable {
    private final Terminal terminal;
    private final DemoSites sites;
    private final ElasticsearchScript elasticsearch;
    private boolean ended;

    DemoEnding(Terminal terminal, DemoSites sites, ElasticsearchScript elasticsearch) {
        this.terminal = terminal;
        this.sites = sites;
        this.elasticsearch = elasticsearch;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stop-demo"));
    }

    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            sites.close();
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

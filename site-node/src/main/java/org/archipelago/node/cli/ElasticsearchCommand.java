package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "elasticsearch",
        description = "Runs an Elasticsearch for trying things out; production uses the operator's own.")
final class ElasticsearchCommand implements Callable<Integer> {
    private final Seams seams;

    /** What can be done to it. */
    enum Verb {
        start,
        stop,
        remove,
        status
    }

    @Parameters(
            paramLabel = "start|stop|remove|status",
            description = "What to do; remove stops it and deletes all that it kept: a node makes its indexes again")
    Verb verb = Verb.status;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where it keeps its data (default: ${DEFAULT-VALUE})",
            defaultValue = SiteOptions.DEFAULT_DATA + "/elasticsearch")
    Path data = Path.of(SiteOptions.DEFAULT_DATA);

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port on loopback (default: ${DEFAULT-VALUE})",
            defaultValue = "9200")
    int port;

    ElasticsearchCommand(Seams seams) {
        this.seams = seams;
    }

    @Override
    public Integer call() throws InterruptedException {
        ElasticsearchScript script = new ElasticsearchScript(seams.home(), data.toAbsolutePath());
        return switch (verb) {
            case start -> script.run("start", "--port", Integer.toString(port));
            case stop -> script.run("stop");
            case remove -> script.run("remove");
            case status -> script.run("status");
        };
    }
}

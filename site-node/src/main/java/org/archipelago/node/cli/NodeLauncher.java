package org.archipelago.node.cli;

import java.nio.file.Path;

/** Runs a node in this process. */
public interface NodeLauncher {
    /** On return the node takes objects and answers requests. Failing leaves nothing running. */
    RunningNode start(Path configuration);

    /** A node that runs. */
    interface RunningNode extends AutoCloseable {
        /** Returns when the node has stopped, whatever made it stop. @return what the process is to exit with */
        int awaitStop() throws InterruptedException;

        /** Ends it gracefully; calling again does nothing. */
        @Override
        void close();
    }
}

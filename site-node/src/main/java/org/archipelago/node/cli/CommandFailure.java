package org.archipelago.node.cli;

/** A command cannot do what was asked; the message is the one line that the person sees. */
public final class CommandFailure extends RuntimeException {
    /** Exit code of what somebody interrupted: 128 and the number of SIGINT. */
    static final int INTERRUPTED = 130;

    private static final long serialVersionUID = 1L;
    private final int exitCode;

    public CommandFailure(String line) {
        this(line, 1);
    }

    public CommandFailure(String line, int exitCode) {
        super(line);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}

package org.archipelago.contract;

/**
 * A refusal: an error of the closed list and what it is about. The subject names a kind of thing, a tag, a file or a
 * limit, never patient data. The message is the error's advice and the subject: a whole line for a person.
 */
public final class ArchiveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ArchiveError error;
    private final String subject;

    public ArchiveException(ArchiveError error, String subject) {
        super(error.advice() + " [" + subject + "]");
        this.error = error;
        this.subject = subject;
    }

    public ArchiveException(ArchiveError error, String subject, Throwable cause) {
        super(error.advice() + " [" + subject + "]", cause);
        this.error = error;
        this.subject = subject;
    }

    public ArchiveError error() {
        return error;
    }

    public String subject() {
        return subject;
    }
}

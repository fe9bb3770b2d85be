package org.archipelago.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Sends objects to a running node, byte for byte, over C-STORE or STOW-RS. */
public interface ObjectSenders {
    /**
     * @param defaultIssuer issuer of Patient IDs that name none
     * @throws UnreachableException the node does not answer, or refuses the association
     */
    ObjectSender open(NodeAddress node, Optional<String> defaultIssuer) throws UnreachableException;

    /** One conversation with the node; reconnects by itself where presentation contexts run out. Used by one thread. */
    interface ObjectSender extends AutoCloseable {
        /** @throws IOException the conversation broke; whether the object was kept is unknown, and sending it again is safe */
        Answer send(OutgoingFile file) throws IOException;

        /** Never throws: every answer has been given by then. */
        @Override
        void close();
    }

    /** There is nobody to send to. */
    final class UnreachableException extends IOException {
        private static final long serialVersionUID = 1L;

        public UnreachableException(String why) {
            super(why);
        }
    }

    /** @param lengthBytes of the data set, without file meta information */
    record OutgoingFile(
            String sopClassUid, String sopInstanceUid, String transferSyntaxUid, long lengthBytes, Dataset dataset) {}

    /** The data set of a file; each opening starts at its first byte. */
    interface Dataset {
        InputStream open() throws IOException;
    }

    /** @param text says why it was refused; empty when it was taken */
    record Answer(boolean taken, String text) {}
}

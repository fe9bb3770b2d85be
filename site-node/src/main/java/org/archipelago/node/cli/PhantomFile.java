package org.archipelago.node.cli;

import java.io.ByteArrayInputStream;
import org.archipelago.node.cli.phantom.Phantom;

/** A synthetic image as something to send. */
final class PhantomFile {
    private static final String EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

    private PhantomFile() {}

    static ObjectSenders.OutgoingFile of(Phantom phantom) {
        return new ObjectSenders.OutgoingFile(
                phantom.sopClassUid(),
                phantom.sopInstanceUid(),
                EXPLICIT_VR_LITTLE_ENDIAN,
                phantom.dataset().length,
                () -> new ByteArrayInputStream(phantom.dataset()));
    }
}

package org.archipelago.acceptance;

import java.io.IOException;
import java.util.List;
import org.archipelago.acceptance.RawAssociation.Proposal;

/** C-ECHO with an association of its own (PS3.7 §9.1.5). */
final class RawEchoScu {
    private static final Proposal VERIFICATION = new Proposal("1.2.840.10008.1.1", DicomFile.IMPLICIT);
    private static final int C_ECHO = 0x0030;

    private RawEchoScu() {}

    /** @throws IOException when it is not answered with success */
    static void echo(int port, String calling, String called) throws IOException {
        try (RawAssociation association =
                RawAssociation.request(port, calling, called, List.of(VERIFICATION), List.of())) {
            RawAssociation.Context context = association.context(VERIFICATION);
            if (context == null) {
                throw new IOException("the Verification context was not accepted");
            }
            association.send(
                    context,
                    RawCommand.of(C_ECHO)
                            .uid(RawCommand.AFFECTED_SOP_CLASS, VERIFICATION.abstractSyntax())
                            .number(RawCommand.MESSAGE_ID, 1)
                            .encoded());
            RawAssociation.Message answer = association.receive();
            if (answer == null || answer.command().number(RawCommand.STATUS) != 0) {
                throw new IOException("the C-ECHO was not answered with success");
            }
        }
    }
}

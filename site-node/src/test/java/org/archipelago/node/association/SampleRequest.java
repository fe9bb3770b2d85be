package org.archipelago.node.association;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An A-ASSOCIATE-RQ with one of everything, and as many contexts as there can be. */
final class SampleRequest {
    private SampleRequest() {}

    static AssociateRequest get() {
        List<ProposedContext> contexts = new ArrayList<>();
        for (int id = 1; id <= 255; id += 2) {
            contexts.add(new ProposedContext(id, "1.2.840.10008.1." + id, List.of("1.2.840.10008.1.2", "1.2.3." + id)));
        }
        UserInformation user = new UserInformation(
                0x87654321L,
                "1.2.3.4",
                Optional.of("VERSION"),
                Optional.of(new UserInformation.AsyncWindow(0, 3)),
                List.of(new RoleSelection("1.2", true, false), new RoleSelection("1.3", false, true)),
                List.of(new ExtendedNegotiation("1.4", new byte[] {1, 0, 1})),
                List.of(new CommonExtendedNegotiation("1.5", "1.2.840.10008.4.2", List.of("1.6", "1.7.8"))),
                Optional.of(UserIdentity.named("jürgen")),
                true);
        return new AssociateRequest(1, "CALLED", "CALLING", AssociateRequest.DICOM_APPLICATION_CONTEXT, contexts, user);
    }
}

package org.archipelago.node.association;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.archipelago.node.fuzz.FuzzTarget;

/** PDUs without their length: a type, and a body (PS3.8 §9.3.1). */
public final class PduFuzz implements FuzzTarget {
    private static final int MAX_ITEMS = AssociationLimits.DEFAULTS.maxVariableItems();

    @Override
    public String name() {
        return "pdu";
    }

    @Override
    public List<byte[]> corpus() {
        AssociateRequest request = SampleRequest.get();
        List<byte[]> corpus = new ArrayList<>();
        for (Pdu pdu : List.of(
                new Pdu.Request(request),
                new Pdu.Accept(
                        "CALLED",
                        "CALLING",
                        Optional.of(AssociateRequest.DICOM_APPLICATION_CONTEXT),
                        List.of(ContextAnswer.accepted(1, "1.2.840.10008.1.2")),
                        request.user()),
                new Pdu.Reject(Rejection.LOCAL_LIMIT_EXCEEDED),
                new Pdu.ReleaseRequest(),
                new Pdu.Abort(2, 6))) {
            byte[] encoded = PduEncoder.encode(pdu);
            byte[] body = Arrays.copyOfRange(encoded, Pdu.HEADER_BYTES - 1, encoded.length);
            body[0] = encoded[0];
            corpus.add(body);
        }
        return corpus;
    }

    @Override
    public boolean take(byte[] input) {
        if (input.length == 0) {
            return false;
        }
        try {
            PduDecoder.decode(input[0] & 0xFF, Arrays.copyOfRange(input, 1, input.length), MAX_ITEMS);
            return true;
        } catch (MalformedPduException refused) {
            return false;
        }
    }
}

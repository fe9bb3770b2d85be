package org.archipelago.node.association;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PduCodecTest {
    private static final int MAX_ITEMS = 8192;

    private static Pdu roundTrip(Pdu pdu) throws IOException {
        byte[] encoded = PduEncoder.encode(pdu);
        byte[] body = Arrays.copyOfRange(encoded, Pdu.HEADER_BYTES, encoded.length);
        assertThat(encoded[2] << 24 | (encoded[3] & 0xFF) << 16 | (encoded[4] & 0xFF) << 8 | encoded[5] & 0xFF)
                .isEqualTo(body.length);
        return PduDecoder.decode(encoded[0], body, MAX_ITEMS);
    }

    @Test
    void everyPdu_isReadAsItWasWritten() throws IOException {
        AssociateRequest request = SampleRequest.get();
        List<Pdu> pdus = List.of(
                new Pdu.Request(request),
                new Pdu.Accept(
                        "CALLED",
                        "CALLING",
                        Optional.of(AssociateRequest.DICOM_APPLICATION_CONTEXT),
                        List.of(
                                ContextAnswer.accepted(1, "1.2.840.10008.1.2"),
                                new ContextAnswer(3, ContextAnswer.Result.TRANSFER_SYNTAXES_NOT_SUPPORTED, "1.2")),
                        request.user()),
                new Pdu.Reject(Rejection.LOCAL_LIMIT_EXCEEDED),
                new Pdu.ReleaseRequest(),
                new Pdu.ReleaseResponse(),
                new Pdu.Abort(2, 6));
        for (Pdu pdu : pdus) {
            assertThat(roundTrip(pdu)).isEqualTo(pdu);
        }
    }

    @Test
    void truncatedRequest_isMalformedAtEveryByteWithinAnItem() {
        byte[] encoded = PduEncoder.encode(new Pdu.Request(SampleRequest.get()));
        int refused = 0;
        for (int length = 0; length < encoded.length - Pdu.HEADER_BYTES; length++) {
            byte[] body = Arrays.copyOfRange(encoded, Pdu.HEADER_BYTES, Pdu.HEADER_BYTES + length);
            try {
                PduDecoder.decode(Pdu.ASSOCIATE_RQ, body, MAX_ITEMS);
            } catch (MalformedPduException e) {
                refused++;
            }
        }
        // only a cut between two of the 130 top-level items can be read
        assertThat(refused).isEqualTo(encoded.length - Pdu.HEADER_BYTES - 130);
    }

    @Test
    void evenAndRepeatedContextIds_areMalformed() {
        byte[] encoded = PduEncoder.encode(new Pdu.Request(SampleRequest.get()));
        byte[] body = Arrays.copyOfRange(encoded, Pdu.HEADER_BYTES, encoded.length);
        int firstContext = 68 + 4 + AssociateRequest.DICOM_APPLICATION_CONTEXT.length();
        assertThat(body[firstContext]).isEqualTo((byte) PduItems.PROPOSED_CONTEXT);
        for (int id : new int[] {0, 2, 3}) {
            byte[] changed = body.clone();
            changed[firstContext + 4] = (byte) id;
            assertThatThrownBy(() -> PduDecoder.decode(Pdu.ASSOCIATE_RQ, changed, MAX_ITEMS))
                    .isInstanceOf(MalformedPduException.class);
        }
    }

    @Test
    void tooManyItems_areRefused() {
        byte[] encoded = PduEncoder.encode(new Pdu.Request(SampleRequest.get()));
        byte[] body = Arrays.copyOfRange(encoded, Pdu.HEADER_BYTES, encoded.length);
        assertThatThrownBy(() -> PduDecoder.decode(Pdu.ASSOCIATE_RQ, body, 400))
                .isInstanceOf(MalformedPduException.class);
    }

    @Test
    void damagedPdus_areReadOrRefusedAndNothingElse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole = PduEncoder.encode(new Pdu.Request(SampleRequest.get()));
        long until = System.nanoTime() + 1_000_000_000L;
        int rounds = 0;
        while (System.nanoTime() < until) {
            byte[] body = Arrays.copyOfRange(whole, Pdu.HEADER_BYTES, Pdu.HEADER_BYTES + random.nextInt(whole.length));
            for (int i = random.nextInt(8); i >= 0 && body.length > 0; i--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            int type = 1 + random.nextInt(7);
            try {
                PduDecoder.decode(type, body, MAX_ITEMS);
                CommandSet.decode(body);
            } catch (MalformedPduException e) {
                rounds++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(rounds).isPositive();
    }

    @Test
    void commandSet_isReadAsItWasWritten() throws IOException {
        CommandSet command = CommandSet.of(CommandField.C_STORE_RQ)
                .us(CommandSet.MESSAGE_ID, 65535)
                .uid(CommandSet.AFFECTED_SOP_CLASS_UID, "1.2.3")
                .errorComment("ä\\" + "x".repeat(100))
                .build();
        CommandSet read = CommandSet.decode(command.encode());
        assertThat(read.commandField()).isEqualTo(CommandField.C_STORE_RQ);
        assertThat(read.messageId()).isEqualTo(65535);
        assertThat(read.hasDataSet()).isFalse();
        assertThat(read.text(CommandSet.AFFECTED_SOP_CLASS_UID)).contains("1.2.3");
        assertThat(read.text(CommandSet.ERROR_COMMENT)).contains("??" + "x".repeat(62));
    }

    @Test
    void commandSetWithoutCommandField_isMalformed() {
        assertThatThrownBy(() -> CommandSet.decode(new byte[0])).isInstanceOf(MalformedPduException.class);
    }
}

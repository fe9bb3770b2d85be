package org.archipelago.node.association;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.node.association.ContextAnswer.Result;

/**
 * Reads the PDUs of PS3.8 §9.3.2 to §9.3.8 but P-DATA-TF from a body that is already bounded in length. Unrecognized
 * items are skipped (PS3.8 §9.3.1); everything else that does not fit is a {@link MalformedPduException}.
 */
final class PduDecoder {
    private static final int AE_TITLE_BYTES = 16;
    private static final int RESERVED_AFTER_TITLES_BYTES = 32;

    private final ByteBuffer body;
    private int itemsLeft;

    private PduDecoder(byte[] body, int maxItems) {
        this.body = ByteBuffer.wrap(body);
        this.itemsLeft = maxItems;
    }

    static Pdu decode(int type, byte[] body, int maxItems) throws MalformedPduException {
        PduDecoder decoder = new PduDecoder(body, maxItems);
        return switch (type) {
            case Pdu.ASSOCIATE_RQ -> decoder.request();
            case Pdu.ASSOCIATE_AC -> decoder.accept();
            case Pdu.ASSOCIATE_RJ -> {
                decoder.need(decoder.body, 4);
                yield new Pdu.Reject(new Rejection(body[1] & 0xFF, body[2] & 0xFF, body[3] & 0xFF));
            }
            case Pdu.RELEASE_RQ -> new Pdu.ReleaseRequest();
            case Pdu.RELEASE_RP -> new Pdu.ReleaseResponse();
            case Pdu.ABORT -> {
                decoder.need(decoder.body, 4);
                yield new Pdu.Abort(body[2] & 0xFF, body[3] & 0xFF);
            }
            default -> throw new MalformedPduException(AbortReason.UNRECOGNIZED_PDU, "PDU type");
        };
    }

    private Pdu request() throws MalformedPduException {
        int version = u16(body);
        skip(body, 2);
        String called = text(body, AE_TITLE_BYTES).strip();
        String calling = text(body, AE_TITLE_BYTES).strip();
        skip(body, RESERVED_AFTER_TITLES_BYTES);
        String applicationContext = "";
        List<ProposedContext> contexts = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        UserItems user = new UserItems();
        while (body.hasRemaining()) {
            int type = itemType();
            ByteBuffer item = item(body);
            switch (type) {
                case PduItems.APPLICATION_CONTEXT -> applicationContext = uid(item, item.remaining());
                case PduItems.PROPOSED_CONTEXT -> {
                    ProposedContext context = proposed(item);
                    if (!ids.add(context.id())) {
                        throw invalid("presentation context id twice");
                    }
                    contexts.add(context);
                }
                case PduItems.USER_INFORMATION -> userItems(item, user);
                default -> {}
            }
        }
        return new Pdu.Request(
                new AssociateRequest(version, called, calling, applicationContext, contexts, user.build()));
    }

    private Pdu accept() throws MalformedPduException {
        skip(body, 4);
        String called = text(body, AE_TITLE_BYTES).strip();
        String calling = text(body, AE_TITLE_BYTES).strip();
        skip(body, RESERVED_AFTER_TITLES_BYTES);
        Optional<String> applicationContext = Optional.empty();
        List<ContextAnswer> contexts = new ArrayList<>();
        UserItems user = new UserItems();
        while (body.hasRemaining()) {
            int type = itemType();
            ByteBuffer item = item(body);
            switch (type) {
                case PduItems.APPLICATION_CONTEXT -> applicationContext = Optional.of(uid(item, item.remaining()));
                case PduItems.ANSWERED_CONTEXT -> contexts.add(answered(item));
                case PduItems.USER_INFORMATION -> userItems(item, user);
                default -> {}
            }
        }
        return new Pdu.Accept(called, calling, applicationContext, contexts, user.build());
    }

    private ProposedContext proposed(ByteBuffer in) throws MalformedPduException {
        int id = u8(in);
        skip(in, 3);
        String abstractSyntax = "";
        List<String> transferSyntaxes = new ArrayList<>();
        while (in.hasRemaining()) {
            int type = u8(in);
            ByteBuffer item = item(in);
            switch (type) {
                case PduItems.ABSTRACT_SYNTAX -> abstractSyntax = uid(item, item.remaining());
                case PduItems.TRANSFER_SYNTAX -> transferSyntaxes.add(uid(item, item.remaining()));
                default -> {}
            }
        }
        if (!ProposedContext.isValidId(id) || abstractSyntax.isEmpty() || transferSyntaxes.isEmpty()) {
            throw invalid("presentation context");
        }
        return new ProposedContext(id, abstractSyntax, transferSyntaxes);
    }

    private ContextAnswer answered(ByteBuffer in) throws MalformedPduException {
        int id = u8(in);
        skip(in, 1);
        int result = u8(in);
        skip(in, 1);
        String transferSyntax = "";
        while (in.hasRemaining()) {
            int type = u8(in);
            ByteBuffer item = item(in);
            if (type == PduItems.TRANSFER_SYNTAX) {
                transferSyntax = uid(item, item.remaining());
            }
        }
        if (!ProposedContext.isValidId(id) || result >= Result.values().length) {
            throw invalid("presentation context");
        }
        return new ContextAnswer(id, Result.values()[result], transferSyntax);
    }

    private void userItems(ByteBuffer in, UserItems user) throws MalformedPduException {
        while (in.hasRemaining()) {
            int type = u8(in);
            ByteBuffer item = item(in);
            switch (type) {
                case PduItems.MAX_LENGTH -> user.maxLength = u16(item) * 65536L + u16(item);
                case PduItems.IMPLEMENTATION_CLASS -> user.classUid = uid(item, item.remaining());
                case PduItems.IMPLEMENTATION_VERSION -> user.version = Optional.of(uid(item, item.remaining()));
                case PduItems.ASYNC_WINDOW ->
                    user.window = Optional.of(new UserInformation.AsyncWindow(u16(item), u16(item)));
                case PduItems.ROLE_SELECTION ->
                    user.roles.add(new RoleSelection(uid(item, u16(item)), u8(item) == 1, u8(item) == 1));
                case PduItems.EXTENDED_NEGOTIATION -> {
                    String sopClass = uid(item, u16(item));
                    byte[] information = new byte[item.remaining()];
                    item.get(information);
                    user.extended.add(new ExtendedNegotiation(sopClass, information));
                }
                case PduItems.COMMON_EXTENDED_NEGOTIATION -> user.common.add(commonExtended(item));
                case PduItems.USER_IDENTITY_RQ -> user.identity = Optional.of(identity(item));
                case PduItems.USER_IDENTITY_AC -> user.identityConfirmed = true;
                default -> {}
            }
        }
    }

    private CommonExtendedNegotiation commonExtended(ByteBuffer in) throws MalformedPduException {
        String sopClass = uid(in, u16(in));
        String serviceClass = uid(in, u16(in));
        List<String> related = new ArrayList<>();
        if (in.hasRemaining()) {
            ByteBuffer list = slice(in, u16(in));
            while (list.hasRemaining()) {
                countItem();
                related.add(uid(list, u16(list)));
            }
        }
        return new CommonExtendedNegotiation(sopClass, serviceClass, related);
    }

    private UserIdentity identity(ByteBuffer in) throws MalformedPduException {
        int type = u8(in);
        boolean responseRequested = u8(in) == 1;
        ByteBuffer primary = slice(in, u16(in));
        Optional<String> name = Optional.empty();
        if (type == UserIdentity.TYPE_NAME || type == UserIdentity.TYPE_NAME_AND_PASSCODE) {
            String whole = StandardCharsets.UTF_8.decode(primary).toString();
            name = Optional.of(whole.substring(0, Math.min(whole.length(), UserIdentity.MAX_NAME_CHARS)));
        }
        return new UserIdentity(type, responseRequested, name);
    }

    private int itemType() throws MalformedPduException {
        return u8(body);
    }

    private ByteBuffer item(ByteBuffer in) throws MalformedPduException {
        countItem();
        skip(in, 1);
        return slice(in, u16(in));
    }

    private void countItem() throws MalformedPduException {
        if (--itemsLeft < 0) {
            throw invalid("too many items");
        }
    }

    private ByteBuffer slice(ByteBuffer in, int length) throws MalformedPduException {
        need(in, length);
        ByteBuffer slice = in.slice(in.position(), length);
        in.position(in.position() + length);
        return slice;
    }

    private String uid(ByteBuffer in, int length) throws MalformedPduException {
        String text = text(in, length);
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) <= ' ') {
            end--;
        }
        return text.substring(0, end).strip();
    }

    private String text(ByteBuffer in, int length) throws MalformedPduException {
        return StandardCharsets.ISO_8859_1.decode(slice(in, length)).toString();
    }

    private void skip(ByteBuffer in, int count) throws MalformedPduException {
        need(in, count);
        in.position(in.position() + count);
    }

    private int u8(ByteBuffer in) throws MalformedPduException {
        need(in, 1);
        return in.get() & 0xFF;
    }

    private int u16(ByteBuffer in) throws MalformedPduException {
        need(in, 2);
        return in.getShort() & 0xFFFF;
    }

    private void need(ByteBuffer in, int count) throws MalformedPduException {
        if (in.remaining() < count) {
            throw invalid("item longer than what holds it");
        }
    }

    private static MalformedPduException invalid(String what) {
        return new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, what);
    }

    /** What a User Information item has held so far. */
    private static final class UserItems {
        private long maxLength;
        private String classUid = "";
        private Optional<String> version = Optional.empty();
        private Optional<UserInformation.AsyncWindow> window = Optional.empty();
        private final List<RoleSelection> roles = new ArrayList<>();
        private final List<ExtendedNegotiation> extended = new ArrayList<>();
        private final List<CommonExtendedNegotiation> common = new ArrayList<>();
        private Optional<UserIdentity> identity = Optional.empty();
        private boolean identityConfirmed;

        UserInformation build() {
            return new UserInformation(
                    maxLength, classUid, version, window, roles, extended, common, identity, identityConfirmed);
        }
    }
}

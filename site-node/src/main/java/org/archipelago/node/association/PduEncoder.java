package org.archipelago.node.association;

import java.nio.charset.StandardCharsets;

/** Writes the PDUs of PS3.8 §9.3.2 to §9.3.8 but P-DATA-TF. */
final class PduEncoder {
    private PduEncoder() {}

    static byte[] encode(Pdu pdu) {
        return switch (pdu) {
            case Pdu.Request(AssociateRequest request) -> request(request);
            case Pdu.Accept accept -> accept(accept);
            case Pdu.Reject(Rejection r) ->
                new PduBytes()
                        .u8(0)
                        .u8(r.result())
                        .u8(r.source())
                        .u8(r.reason())
                        .asPdu(Pdu.ASSOCIATE_RJ);
            case Pdu.ReleaseRequest _ -> new PduBytes().zeros(4).asPdu(Pdu.RELEASE_RQ);
            case Pdu.ReleaseResponse _ -> new PduBytes().zeros(4).asPdu(Pdu.RELEASE_RP);
            case Pdu.Abort(int source, int reason) ->
                new PduBytes().zeros(2).u8(source).u8(reason).asPdu(Pdu.ABORT);
        };
    }

    private static byte[] request(AssociateRequest request) {
        PduBytes out = new PduBytes()
                .u16(request.protocolVersion())
                .zeros(2)
                .aeTitle(request.calledAeTitle())
                .aeTitle(request.callingAeTitle())
                .zeros(32)
                .item(PduItems.APPLICATION_CONTEXT, i -> i.text(request.applicationContext()));
        for (ProposedContext context : request.contexts()) {
            out.item(PduItems.PROPOSED_CONTEXT, i -> {
                i.u8(context.id()).zeros(3).item(PduItems.ABSTRACT_SYNTAX, s -> s.text(context.abstractSyntax()));
                context.transferSyntaxes().forEach(t -> i.item(PduItems.TRANSFER_SYNTAX, s -> s.text(t)));
            });
        }
        return out.item(PduItems.USER_INFORMATION, i -> user(i, request.user())).asPdu(Pdu.ASSOCIATE_RQ);
    }

    private static byte[] accept(Pdu.Accept accept) {
        PduBytes out = new PduBytes()
                .u16(1)
                .zeros(2)
                .aeTitle(accept.calledAeTitle())
                .aeTitle(accept.callingAeTitle())
                .zeros(32);
        accept.applicationContext().ifPresent(name -> out.item(PduItems.APPLICATION_CONTEXT, i -> i.text(name)));
        for (ContextAnswer answer : accept.contexts()) {
            out.item(
                    PduItems.ANSWERED_CONTEXT,
                    i -> i.u8(answer.id())
                            .u8(0)
                            .u8(answer.result().ordinal())
                            .u8(0)
                            .item(PduItems.TRANSFER_SYNTAX, s -> s.text(answer.transferSyntax())));
        }
        return out.item(PduItems.USER_INFORMATION, i -> user(i, accept.user())).asPdu(Pdu.ASSOCIATE_AC);
    }

    private static void user(PduBytes out, UserInformation user) {
        out.item(PduItems.MAX_LENGTH, i -> i.u32(user.maxPduLengthBytes()));
        out.item(PduItems.IMPLEMENTATION_CLASS, i -> i.text(user.implementationClassUid()));
        user.asyncWindow()
                .ifPresent(w -> out.item(
                        PduItems.ASYNC_WINDOW, i -> i.u16(w.maxInvoked()).u16(w.maxPerformed())));
        for (RoleSelection role : user.roles()) {
            out.item(
                    PduItems.ROLE_SELECTION,
                    i -> i.counted(role.sopClass()).u8(role.scu() ? 1 : 0).u8(role.scp() ? 1 : 0));
        }
        user.implementationVersion().ifPresent(v -> out.item(PduItems.IMPLEMENTATION_VERSION, i -> i.text(v)));
        for (ExtendedNegotiation extended : user.extended()) {
            out.item(
                    PduItems.EXTENDED_NEGOTIATION,
                    i -> i.counted(extended.sopClass()).raw(extended.information()));
        }
        for (CommonExtendedNegotiation common : user.commonExtended()) {
            out.item(PduItems.COMMON_EXTENDED_NEGOTIATION, i -> commonExtended(i, common));
        }
        user.identity().ifPresent(identity -> out.item(PduItems.USER_IDENTITY_RQ, i -> identity(i, identity)));
        if (user.identityConfirmed()) {
            out.item(PduItems.USER_IDENTITY_AC, i -> i.counted(""));
        }
    }

    private static void commonExtended(PduBytes out, CommonExtendedNegotiation common) {
        out.counted(common.sopClass()).counted(common.serviceClass());
        int length = common.relatedGeneralClasses().stream()
                .mapToInt(uid -> 2 + uid.length())
                .sum();
        out.u16(length);
        common.relatedGeneralClasses().forEach(out::counted);
    }

    private static void identity(PduBytes out, UserIdentity identity) {
        out.u8(identity.type())
                .u8(identity.responseRequested() ? 1 : 0)
                .counted(identity.name().orElse("").getBytes(StandardCharsets.UTF_8))
                .u16(0);
    }
}

package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.AssociateRequest;
import org.archipelago.node.association.CommonExtendedNegotiation;
import org.archipelago.node.association.ContextAnswer;
import org.archipelago.node.association.ContextAnswer.Result;
import org.archipelago.node.association.ExtendedNegotiation;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.association.RoleSelection;
import org.archipelago.node.dimse.DimseConfiguration.Permission;

/** Which presentation contexts are accepted, in which transfer syntax and roles (PS3.8 §9.3.3.2, PS3.7 §D.3.3). */
final class ContextNegotiation {
    private static final List<String> IDENTIFIER_SYNTAXES = List.of(
            TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN.value(),
            TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN.value(),
            TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN.value());
    private static final int FUZZY_NAMES = 2;

    private final DimseConfiguration configuration;
    private final StorageClasses classes;

    ContextNegotiation(DimseConfiguration configuration, StorageClasses classes) {
        this.configuration = configuration;
        this.classes = classes;
    }

    List<ContextAnswer> answers(AssociateRequest request, Caller caller, List<RoleSelection> roles) {
        List<ContextAnswer> answers = new ArrayList<>();
        for (ProposedContext context : request.contexts()) {
            answers.add(answer(request, context, caller, roles));
        }
        return answers;
    }

    private ContextAnswer answer(
            AssociateRequest request, ProposedContext context, Caller caller, List<RoleSelection> roles) {
        Optional<SopClasses.Service> service = SopClasses.service(context.abstractSyntax());
        if (service.isPresent()) {
            return caller.may(permission(service.get()))
                    ? identifierContext(context)
                    : ContextAnswer.refused(context, Result.USER_REJECTION);
        }
        if (!isStorage(context.abstractSyntax(), request)) {
            return ContextAnswer.refused(context, Result.ABSTRACT_SYNTAX_NOT_SUPPORTED);
        }
        boolean receives = roles.stream().anyMatch(r -> r.sopClass().equals(context.abstractSyntax()) && r.scp());
        return caller.may(Permission.STORE) || receives
                ? storageContext(context)
                : ContextAnswer.refused(context, Result.USER_REJECTION);
    }

    private static Permission permission(SopClasses.Service service) {
        return switch (service) {
            case ECHO -> Permission.ECHO;
            case FIND -> Permission.QUERY;
            case MOVE, GET -> Permission.RETRIEVE;
            case COMMITMENT -> Permission.COMMITMENT;
        };
    }

    /** By dictionary, configuration, or Common Extended Negotiation (PS3.7 §D.3.3.6). */
    private boolean isStorage(String abstractSyntax, AssociateRequest request) {
        try {
            SopClassUid uid = new SopClassUid(abstractSyntax);
            return classes.isStorage(uid)
                    || configuration.extraStorageClasses().contains(uid)
                    || request.user().commonExtended().stream()
                            .anyMatch(c -> c.sopClass().equals(abstractSyntax)
                                    && c.serviceClass().equals(CommonExtendedNegotiation.STORAGE_SERVICE_CLASS));
        } catch (ArchiveException e) {
            return false;
        }
    }

    private static ContextAnswer identifierContext(ProposedContext context) {
        return IDENTIFIER_SYNTAXES.stream()
                .filter(context.transferSyntaxes()::contains)
                .findFirst()
                .map(syntax -> ContextAnswer.accepted(context.id(), syntax))
                .orElseGet(() -> ContextAnswer.refused(context, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED));
    }

    /** Any transfer syntax is kept verbatim, so any is accepted that is a UID at all. */
    private ContextAnswer storageContext(ProposedContext context) {
        List<String> usable = context.transferSyntaxes().stream()
                .filter(ContextNegotiation::isUid)
                .toList();
        return configuration.preferredStorageSyntaxes().stream()
                .filter(usable::contains)
                .findFirst()
                .or(() -> usable.stream().findFirst())
                .map(syntax -> ContextAnswer.accepted(context.id(), syntax))
                .orElseGet(() -> ContextAnswer.refused(context, Result.TRANSFER_SYNTAXES_NOT_SUPPORTED));
    }

    private static boolean isUid(String text) {
        try {
            return new TransferSyntaxUid(text).value().equals(text);
        } catch (ArchiveException e) {
            return false;
        }
    }

    /** For storage classes: the requestor may send if it may store, and may receive (C-GET) if it may retrieve. */
    List<RoleSelection> roles(AssociateRequest request, Caller caller) {
        List<RoleSelection> roles = new ArrayList<>();
        for (RoleSelection asked : request.user().roles()) {
            boolean storage = isStorage(asked.sopClass(), request);
            boolean scu = asked.scu() && (!storage || caller.may(Permission.STORE));
            boolean scp = asked.scp() && storage && caller.may(Permission.RETRIEVE);
            roles.add(new RoleSelection(asked.sopClass(), scu, scp));
        }
        return roles;
    }

    /**
     * C-FIND: fuzzy semantic matching of names is done on request (PS3.4 §C.5.1.1.1); relational queries and the rest
     * are not. Of C-MOVE and C-GET nothing is (PS3.4 §C.5.2.1.1).
     */
    Optional<ExtendedNegotiation> extended(ExtendedNegotiation asked) {
        return SopClasses.service(asked.sopClass()).flatMap(service -> switch (service) {
            case FIND, MOVE, GET -> {
                byte[] answer = new byte[asked.information().length];
                if (service == SopClasses.Service.FIND && answer.length > FUZZY_NAMES) {
                    answer[FUZZY_NAMES] = (byte) (asked.information()[FUZZY_NAMES] == 1 ? 1 : 0);
                }
                yield Optional.of(new ExtendedNegotiation(asked.sopClass(), answer));
            }
            case ECHO, COMMITMENT -> Optional.empty();
        });
    }

    static boolean fuzzyNames(ExtendedNegotiation answered) {
        return answered.information().length > FUZZY_NAMES && answered.information()[FUZZY_NAMES] == 1;
    }
}

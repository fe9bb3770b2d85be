package org.archipelago.node;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationRejectedException;
import org.archipelago.node.association.AssociationRequestor.Proposal;
import org.archipelago.node.association.CommonExtendedNegotiation;
import org.archipelago.node.association.RawStorageSender;
import org.archipelago.node.association.RawStorageSender.Kind;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders;
import org.archipelago.node.dicom.dictionary.SopClasses;
import org.archipelago.node.dimse.ImportIssuer;
import org.jspecify.annotations.Nullable;

/** Sends the command line's objects to a node by C-STORE, verbatim; opens another association when a new kind of object needs it. */
final class DicomSenders implements ObjectSenders {
    private static final int MAX_KINDS = 128;

    private final AssociationLimits limits = AssociationLimits.DEFAULTS;

    @Override
    public ObjectSender open(NodeAddress node, Optional<String> defaultIssuer) throws UnreachableException {
        Conversation conversation = new Conversation(OwnListener.of(node.configuration()), defaultIssuer);
        conversation.greet();
        return conversation;
    }

    private final class Conversation implements ObjectSender {
        private static final Kind ECHO =
                new Kind(new SopClassUid("1.2.840.10008.1.1"), TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN);

        private final OwnListener listener;
        private final Optional<String> defaultIssuer;
        private final Set<Kind> kinds = new LinkedHashSet<>();
        private @Nullable RawStorageSender sender;

        Conversation(OwnListener listener, Optional<String> defaultIssuer) {
            this.listener = listener;
            this.defaultIssuer = defaultIssuer;
        }

        void greet() throws UnreachableException {
            kinds.add(ECHO);
            try {
                sender = connect();
            } catch (AssociationRejectedException e) {
                throw new UnreachableException("the node refuses: " + e.getMessage());
            } catch (IOException e) {
                throw new UnreachableException("no node answers at " + listener.host() + ":" + listener.port() + " ("
                        + e.getMessage() + ")" + listener.hint(e));
            }
        }

        private RawStorageSender connect() throws IOException {
            Proposal proposal = Proposal.of(
                            listener.host(),
                            listener.port(),
                            ImportIssuer.COMMAND_LINE,
                            listener.called(),
                            RawStorageSender.contexts(kinds))
                    .withCommonExtended(unknownClasses())
                    .withTls(listener.tls());
            return RawStorageSender.open(
                    defaultIssuer
                            .map(issuer -> proposal.withIdentity(ImportIssuer.identity(issuer)))
                            .orElse(proposal),
                    limits);
        }

        /** The node may know no more classes than the command line: it is told that these are to be stored, too. */
        private List<CommonExtendedNegotiation> unknownClasses() {
            return kinds.stream()
                    .map(Kind::sopClass)
                    .distinct()
                    .filter(sopClass -> SopClasses.name(sopClass.value()).isEmpty())
                    .map(CommonExtendedNegotiation::ofStorage)
                    .toList();
        }

        @Override
        public Answer send(OutgoingFile file) throws IOException {
            SopClassUid sopClass;
            SopInstanceUid instance;
            TransferSyntaxUid syntax;
            try {
                sopClass = new SopClassUid(file.sopClassUid());
                instance = new SopInstanceUid(file.sopInstanceUid());
                syntax = new TransferSyntaxUid(file.transferSyntaxUid());
            } catch (ArchiveException e) {
                return new Answer(false, String.valueOf(e.getMessage()));
            }
            RawStorageSender open = prepared(new Kind(sopClass, syntax));
            if (!open.accepts(sopClass, syntax)) {
                return new Answer(false, "the node does not store SOP Class " + sopClass);
            }
            try {
                RawStorageSender.Result result = open.send(sopClass, instance, syntax, out -> {
                    try (InputStream in = file.dataset().open()) {
                        in.transferTo(out);
                    }
                });
                boolean taken = result.isSuccess() || result.isWarning();
                return new Answer(
                        taken,
                        taken
                                ? ""
                                : "%04XH %s"
                                        .formatted(
                                                result.status(),
                                                result.comment().orElse("")));
            } catch (IOException e) {
                sender = null;
                throw e;
            }
        }

        private RawStorageSender prepared(Kind kind) throws IOException {
            RawStorageSender open = sender;
            if (open != null && kinds.contains(kind)) {
                return open;
            }
            if (open != null) {
                open.close();
                sender = null;
            }
            if (kinds.size() == MAX_KINDS) {
                List<Kind> newer = new ArrayList<>(kinds).subList(MAX_KINDS / 2, MAX_KINDS);
                kinds.clear();
                kinds.addAll(newer);
            }
            kinds.add(kind);
            open = connect();
            sender = open;
            return open;
        }

        @Override
        public void close() {
            RawStorageSender open = sender;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException _) {
                    // every answer has been given
                }
            }
        }
    }
}

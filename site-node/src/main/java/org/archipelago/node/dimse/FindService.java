package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;

/** C-FIND as SCP (PS3.4 §C.4.1), hierarchical. Each is on record before it is looked at, and so is one that is refused. */
final class FindService {
    private static final String ONLINE = "ONLINE";
    private static final LocalPosition ANY_POSITION = new LocalPosition(-1);

    private final ArchiveQueries local;
    private final Optional<NetworkAe> network;
    private final AccessRecorder recorder;
    private final DimseConfiguration configuration;

    /** @param network empty: this site answers for itself alone */
    FindService(
            ArchiveQueries local,
            Optional<NetworkAe> network,
            AccessRecorder recorder,
            DimseConfiguration configuration) {
        this.local = local;
        this.network = network;
        this.recorder = recorder;
        this.configuration = configuration;
    }

    void serve(Exchange exchange) throws IOException {
        InformationModel model =
                InformationModel.of(exchange.message().context().abstractSyntax());
        AskedIdentifier asked =
                AskedIdentifier.read(exchange, configuration.serviceLimits().maxIdentifierBytes());
        try (AccessRecorder.Access access = recorder.begin(
                AccessKind.QUERY,
                exchange.caller().reader(),
                "C-FIND",
                Optional.empty(),
                asked.description("C-FIND"))) {
            int[] told = {0};
            try {
                Identifier identifier =
                        asked.checked(keys -> Identifier.of(keys, model).requireHierarchy(model));
                answer(exchange, identifier, access, told);
            } catch (RuntimeException e) {
                AccessOutcome untold =
                        e instanceof ArchiveException refusal ? asked.outcome(refusal) : AccessOutcome.FAILED;
                access.outcome(told[0] > 0 ? AccessOutcome.PARTIAL : untold);
                throw e;
            } catch (IOException e) { // the asker went: what it had been sent by then, it may have seen
                access.outcome(AccessOutcome.PARTIAL);
                throw e;
            }
        }
    }

    /** @param told counts the matches that left, also when it then fails */
    private void answer(Exchange exchange, Identifier identifier, AccessRecorder.Access access, int[] told)
            throws IOException {
        Optional<NetworkAe> asked =
                network.filter(_ -> isNetwork(exchange.caller().called()));
        ArchiveQueries queries = asked.map(ae -> ae.view().queries()).orElse(local);
        ArchiveQuery query = query(exchange, identifier, asked.isPresent());
        boolean allSupported =
                !identifier.hasUnmatchableKeys() && queries.unmatched(query).isEmpty();
        int pending = allSupported ? DimseStatus.PENDING : DimseStatus.PENDING_UNSUPPORTED_KEYS;
        boolean[] cancelled = {false};
        queries.walk(query, new ArchiveQueries.MatchConsumer<IOException>() {
            private Set<PatientRecordId> next = Set.of();

            @Override
            public void concerns(Set<PatientRecordId> patients) {
                next = patients;
            }

            @Override
            public boolean take(AttributeSet match) throws IOException {
                if (!isWanted()) {
                    return false;
                }
                access.found(next);
                exchange.respond(exchange.command().response(pending).build(), response(exchange, identifier, match));
                access.count(1, 0);
                told[0]++;
                return true;
            }

            @Override
            public boolean isWanted() throws IOException {
                cancelled[0] = cancelled[0] || exchange.cancelled();
                return !cancelled[0];
            }
        });
        Optional<String> gaps = asked.filter(
                        ae -> ae.strict().contains(exchange.caller().calling()))
                .flatMap(ae -> ae.view().completeness().get().sentence());
        if (gaps.isPresent() && !cancelled[0]) {
            access.outcome(AccessOutcome.PARTIAL);
            exchange.refuse(new ArchiveException(ArchiveError.NETWORK_INCOMPLETE, gaps.get()));
            return;
        }
        access.outcome(cancelled[0] ? AccessOutcome.PARTIAL : AccessOutcome.COMPLETED);
        exchange.respond(cancelled[0] ? DimseStatus.CANCELLED : DimseStatus.SUCCESS);
    }

    private boolean isNetwork(AeTitle called) {
        return network.filter(ae -> ae.title().equals(called)).isPresent();
    }

    private ArchiveQuery query(Exchange exchange, Identifier identifier, boolean ofNetwork) {
        boolean fuzzy = exchange.association()
                .acceptorUser()
                .extended(exchange.message().context().abstractSyntax())
                .map(ContextNegotiation::fuzzyNames)
                .orElse(false);
        Set<Integer> wanted = new HashSet<>(identifier.attributes().attributes().keySet());
        wanted.removeIf(Identifier::isControl);
        if (ofNetwork) {
            wanted.add(Tags.INSTANCE_AVAILABILITY);
        }
        return new ArchiveQuery(
                identifier.level(),
                identifier.matchingKeys(),
                exchange.caller().localIssuer(configuration),
                fuzzy,
                wanted,
                false,
                0,
                1,
                ANY_POSITION);
    }

    /**
     * PS3.4 §C.4.1.1.3.2: the keys asked for, empty where unknown or left in the blob; whether it is online, and where to retrieve it from then. The AE that
     * answers for all sites takes no retrievals.
     */
    private AttributeSet response(Exchange exchange, Identifier identifier, AttributeSet match) {
        Map<Integer, Attribute> keys = new TreeMap<>();
        identifier.attributes().attributes().forEach((tag, asked) -> {
            if (!Identifier.isControl(tag)) {
                keys.put(
                        tag,
                        match.get(tag).map(BulkValues::leftOut).orElseGet(() -> new Attribute(asked.vr(), List.of())));
            }
        });
        keys.put(Tags.QUERY_RETRIEVE_LEVEL, text(Vr.CS, identifier.level().name()));
        String availability = match.text(Tags.INSTANCE_AVAILABILITY).orElse(ONLINE);
        keys.put(
                Tags.RETRIEVE_AE_TITLE,
                availability.equals(ONLINE)
                        ? text(Vr.AE, retrieveFrom(exchange.caller().called()).value())
                        : new Attribute(Vr.AE, List.of()));
        keys.put(Tags.INSTANCE_AVAILABILITY, text(Vr.CS, availability));
        return ResponseCharacterSet.applied(AttributeSet.of(keys), characterSet(exchange.caller(), identifier));
    }

    private AeTitle retrieveFrom(AeTitle called) {
        return isNetwork(called) ? configuration.ownTitle() : called;
    }

    /** As the identifier says, else as the caller is configured. */
    private static List<String> characterSet(Caller caller, Identifier identifier) {
        List<String> asked =
                identifier
                        .attributes()
                        .get(Tags.SPECIFIC_CHARACTER_SET)
                        .map(Attribute::values)
                        .orElse(List.of())
                        .stream()
                        .map(value -> value instanceof Value.Text(String term) ? term : "")
                        .toList();
        return asked.isEmpty()
                ? caller.defaultCharacterSet()
                        .map(terms -> List.of(terms.split("\\\\", -1)))
                        .orElse(List.of())
                : asked;
    }

    private static Attribute text(Vr vr, String value) {
        return new Attribute(vr, List.of(new Value.Text(value)));
    }
}

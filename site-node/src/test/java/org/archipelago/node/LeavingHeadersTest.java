package org.archipelago.node;

import static org.archipelago.node.SmallNode.STUDY;
import static org.archipelago.node.SmallNode.WHOLE;
import static org.archipelago.node.SmallNode.encoded;
import static org.archipelago.node.SmallNode.name;
import static org.archipelago.node.SmallNode.object;
import static org.archipelago.node.SmallNode.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientCommand.UnmergePatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.node.retrieve.HeldInstance;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries of the image level put the corrections in force over each header. */
class LeavingHeadersTest {
    private static final int OBJECTS_OF_EACH = 10;

    @TempDir
    private Path folder;

    private final List<String> read = new ArrayList<>();

    @Test
    void recordOfAPatient_isReadOnceForAllObjects() throws IOException {
        try (SmallNode node = SmallNode.open(folder)) {
            for (int i = 0; i < OBJECTS_OF_EACH; i++) {
                node.store(encoded(object("1.9.1" + i, "P1", "DOE^ONE")));
                node.store(encoded(object("1.9.2" + i, "P2", "ROE^TWO")));
            }
            node.correctName("P1", "DOE^CORRECTED");
            PatientReader patients = new PatientReader(counting(node.archive.events()));
            LeavingHeaders leaving = new LeavingHeaders(node.archive.catalog().study(STUDY), patients, "north");
            List<HeldInstance> held = node.retrieval().select(WHOLE);
            List<Optional<Attribute>> names = new ArrayList<>();
            for (HeldInstance instance : held.subList(0, 2)) {
                names.add(leaving.apply(instance.current(), header()).get(Tags.PATIENT_NAME));
            }
            assertThat(names)
                    .containsExactlyInAnyOrder(Optional.of(name("DOE^CORRECTED")), Optional.of(name("ANY^NAME")));
            int readForTwo = read.size();
            assertThat(new HashSet<>(read))
                    .containsExactlyInAnyOrder(
                            node.patient("P1").toString(), node.patient("P2").toString());

            for (HeldInstance instance : held.subList(2, held.size())) {
                leaving.apply(instance.current(), header());
            }

            assertThat(held).hasSize(2 * OBJECTS_OF_EACH);
            assertThat(read).hasSize(readForTwo);
        }
    }

    /** Another issuer beside a Patient ID makes it another person's. */
    @Test
    void mergedPatient_isShownWithTheIssuerOfTheSurvivorsIdentifier() throws IOException {
        try (SmallNode node = SmallNode.open(folder)) {
            node.storeOfIssuer(encoded(object("1.9.1", "17", "DOE^JANE")), "HOSP-A");
            AttributeSet own = object("1.9.1", "17", "DOE^JANE");
            PatientRecordId lost = node.archive.names().patient(new PatientIdentifier("17", "HOSP-A"));
            for (String issuer : List.of("&1.2.3&ISO", "")) {
                PatientIdentifier identifier = new PatientIdentifier("99", issuer);
                PatientRecordId survivor = node.archive.names().patient(identifier);
                AttributeSet item = AttributeSet.of(Map.of(
                        Tags.UNIVERSAL_ENTITY_ID, text(Vr.UT, "1.2.3"),
                        Tags.UNIVERSAL_ENTITY_ID_TYPE, text(Vr.CS, "ISO")));
                AttributeSet qualified = AttributeSet.of(Map.of(
                        Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE,
                        new Attribute(Vr.SQ, List.of(new Value.Item(item)))));
                node.archive
                        .commands()
                        .send(new RegisterPatient(
                                survivor, identifier, issuer.isEmpty() ? AttributeSet.EMPTY : qualified));
                node.archive.commands().send(new MergePatient(lost, survivor, SmallNode.STEWARD, "one person"));
                LeavingHeaders leaving =
                        new LeavingHeaders(node.archive.catalog().study(STUDY), node.archive.patients(), "north");
                AttributeSet shown =
                        leaving.apply(node.retrieval().select(WHOLE).getFirst().current(), own);

                assertThat(shown.text(Tags.PATIENT_ID)).contains("99");
                assertThat(shown.text(Tags.ISSUER_OF_PATIENT_ID).orElse("")).isEqualTo(issuer);
                node.archive.commands().send(new UnmergePatient(lost, SmallNode.STEWARD, "two after all"));
            }
            AttributeSet again = LeavingHeaders.of(
                            node.retrieval().select(WHOLE).getFirst().copy(), node.archive, "north")
                    .apply(node.retrieval().select(WHOLE).getFirst().current(), own);
            assertThat(again.text(Tags.PATIENT_ID)).contains("17");
            assertThat(again.text(Tags.ISSUER_OF_PATIENT_ID)).contains("HOSP-A");
        }
    }

    private static AttributeSet header() {
        return object("1.9.9", "P9", "ANY^NAME");
    }

    /** Notes whose events are read. */
    private EventStore counting(EventStore events) {
        return (EventStore) Proxy.newProxyInstance(
                EventStore.class.getClassLoader(), new Class<?>[] {EventStore.class}, (_, method, arguments) -> {
                    if (method.getName().equals("readEvents")) {
                        read.add((String) arguments[0]);
                    }
                    try {
                        return method.invoke(events, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}

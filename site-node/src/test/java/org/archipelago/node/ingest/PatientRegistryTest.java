package org.archipelago.node.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.junit.jupiter.api.Test;

class PatientRegistryTest {
    private static final PatientIdentifier ANNA = new PatientIdentifier("17", "NORTH");
    private static final AttributeSet OBJECT = AttributeSet.EMPTY
            .with(Tags.PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text("17"))))
            .with(Tags.ACCESSION_NUMBER, new Attribute(Vr.SH, List.of(new Value.Text("A1"))));

    private final StreamNames names =
            new StreamNames(new SiteId(new UUID(1, 1)), new byte[StreamNames.SECRET_LENGTH_BYTES]);
    private final Set<PatientRecordId> erased = new HashSet<>();
    private final List<RegisterPatient> sent = new ArrayList<>();
    private ArchiveError refusal = ArchiveError.ERASED;
    private final PatientRegistry registry = new PatientRegistry(
            new PatientIdentifiers("NORTH", PatientIdentifiers.DEFAULT_PLACEHOLDERS),
            names,
            command -> {
                if (erased.contains(command.patient())) {
                    throw new ArchiveException(refusal, "patient record");
                }
                sent.add(command);
            },
            2);

    @Test
    void patientSeenAgain_costsNoCommand() {
        assertThat(registry.register(OBJECT, Optional.empty())).contains(names.patient(ANNA));
        assertThat(registry.register(OBJECT, Optional.empty())).contains(names.patient(ANNA));
        assertThat(sent).hasSize(1);
    }

    @Test
    void patientNotSeenForLongest_isForgottenFirst() {
        List.of("1", "2", "3", "3", "2", "1").forEach(id -> registry.register(patient(id), Optional.empty()));

        assertThat(sent).extracting(command -> command.identifier().id()).containsExactly("1", "2", "3", "1");
    }

    private static AttributeSet patient(String id) {
        return AttributeSet.EMPTY.with(Tags.PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text(id))));
    }

    @Test
    void patientWhoseRecordsWereErased_getsTheNextOne() {
        erased.add(names.patient(ANNA, 0));
        erased.add(names.patient(ANNA, 1));
        assertThat(registry.register(OBJECT, Optional.empty())).contains(names.patient(ANNA, 2));
        assertThat(registry.register(OBJECT, Optional.empty())).contains(names.patient(ANNA, 2));
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst().identifier()).isEqualTo(ANNA);
        assertThat(names.patient(ANNA, 0)).isEqualTo(names.patient(ANNA));
    }

    @Test
    void anyOtherRefusal_isTheSenders() {
        refusal = ArchiveError.LOG_UNAVAILABLE;
        erased.add(names.patient(ANNA));
        assertThatThrownBy(() -> registry.register(OBJECT, Optional.empty()))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE));
    }

    @Test
    void order_hasTheIssuerThatIsConfiguredForItsSource() {
        assertThat(registry.accession(OBJECT, Optional.of("SOUTH"))).contains(new AccessionIdentifier("A1", "SOUTH"));
        assertThat(registry.accession(OBJECT, Optional.empty())).contains(new AccessionIdentifier("A1", "NORTH"));
    }
}

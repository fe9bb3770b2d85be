package org.archipelago.node.ingest;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientIdentifiers;

/** Registers patients when they are first seen. Remembers the last ones, so that a series costs one command. Thread-safe. */
public final class PatientRegistry implements Patients {
    private static final int MAX_REMEMBERED = 50_000;

    private final PatientIdentifiers identifiers;
    private final StreamNames names;
    private final Consumer<RegisterPatient> commands;
    private final Map<PatientRecordId, Boolean> registered =
            Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<PatientRecordId, Boolean> eldest) {
                    return size() > MAX_REMEMBERED;
                }
            });

    /** @param commands sends the command and waits until what it records is durable */
    public PatientRegistry(PatientIdentifiers identifiers, StreamNames names, Consumer<RegisterPatient> commands) {
        this.identifiers = identifiers;
        this.names = names;
        this.commands = commands;
    }

    @Override
    public Optional<PatientRecordId> register(AttributeSet attributes, Optional<String> defaultIssuer) {
        Optional<PatientIdentifier> identifier = identifiers.patient(attributes, defaultIssuer);
        if (identifier.isEmpty()) {
            return Optional.empty();
        }
        PatientRecordId patient = names.patient(identifier.get());
        if (!registered.containsKey(patient)) {
            commands.accept(new RegisterPatient(patient, identifier.get(), attributes));
            registered.put(patient, Boolean.TRUE);
        }
        return Optional.of(patient);
    }
}

package org.archipelago.node.ingest;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientIdentifiers;

/** Registers patients when they are first seen. Remembers the last ones, so that a series costs one command. Thread-safe. */
public final class PatientRegistry implements Patients {
    /** Erased records of one identifier. */
    private static final int MAX_GENERATIONS = 1_000;

    private final PatientIdentifiers identifiers;
    private final StreamNames names;
    private final Consumer<RegisterPatient> commands;
    /** By the first record of the same identifier. */
    private final Map<PatientRecordId, PatientRecordId> registered;

    /**
     * @param commands sends the command and waits until what it records is durable
     * @param maxRemembered patients; one that is forgotten costs a command when it comes again
     */
    public PatientRegistry(
            PatientIdentifiers identifiers, StreamNames names, Consumer<RegisterPatient> commands, int maxRemembered) {
        this.identifiers = identifiers;
        this.names = names;
        this.commands = commands;
        this.registered = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<PatientRecordId, PatientRecordId> eldest) {
                return size() > maxRemembered;
            }
        });
    }

    @Override
    public Optional<PatientRecordId> register(AttributeSet attributes, Optional<String> defaultIssuer) {
        Optional<PatientIdentifier> identifier = identifiers.patient(attributes, defaultIssuer);
        if (identifier.isEmpty()) {
            return Optional.empty();
        }
        PatientRecordId first = names.patient(identifier.get());
        PatientRecordId known = registered.get(first);
        if (known == null) {
            known = register(identifier.get(), attributes);
            registered.put(first, known);
        }
        return Optional.of(known);
    }

    /** A patient whose record was erased may come again: a new record then, the old one stays what it is. */
    private PatientRecordId register(PatientIdentifier identifier, AttributeSet attributes) {
        for (int generation = 0; ; generation++) {
            PatientRecordId patient = names.patient(identifier, generation);
            try {
                commands.accept(new RegisterPatient(patient, identifier, attributes));
                return patient;
            } catch (ArchiveException e) {
                if (e.error() != ArchiveError.ERASED || generation == MAX_GENERATIONS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public Optional<AccessionIdentifier> accession(AttributeSet attributes, Optional<String> defaultIssuer) {
        return identifiers.accession(attributes, defaultIssuer);
    }
}

package org.archipelago.contract.study;

/** An instance whose current version is another person's than the one that was current before. */
public record PatientMove(InstancePatient from, InstancePatient to) {}

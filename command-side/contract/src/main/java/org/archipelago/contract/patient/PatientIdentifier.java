package org.archipelago.contract.patient;

/**
 * What identifies a patient: Patient ID (0010,0020) and its issuer, from (0010,0021)/(0010,0024), else configured per
 * calling AE, else the site's default (architecture section 3).
 */
public record PatientIdentifier(String id, String issuer) {}

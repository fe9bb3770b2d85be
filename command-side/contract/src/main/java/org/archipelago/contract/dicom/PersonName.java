package org.archipelago.contract.dicom;

/**
 * The three component groups of a PN value (PS3.5 §6.2.1), each {@code family^given^middle^prefix^suffix}; an absent
 * group is empty.
 */
public record PersonName(String alphabetic, String ideographic, String phonetic) {}

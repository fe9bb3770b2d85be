package org.archipelago.contract.patient;

/**
 * What identifies an order: Accession Number (0008,0050) and its issuer, from (0008,0051), else configured per calling
 * AE, else the site's default (architecture section 3).
 */
public record AccessionIdentifier(String number, String issuer) {
    /** That events name of one study: of a number beyond them nobody knows whose it is, unless its object says so. */
    public static final int MAX_OF_STUDY = 16;
}

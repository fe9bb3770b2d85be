package org.archipelago.contract.patient;

/** Whose identifiers those of an issuer are. */
public final class IssuerDomain {
    /** The issuer of a site that was not given one of its own. It names nobody: at each site it means that site. */
    public static final String UNNAMED = "LOCAL";

    private IssuerDomain() {}

    /** Whether beyond the site that recorded it nobody knows which domain is meant. */
    public static boolean isUnnamed(String issuer) {
        return issuer.strip().equalsIgnoreCase(UNNAMED);
    }

    /** What an issuer that another site recorded means here; empty where nobody knows. */
    public static String elsewhere(String issuer) {
        return isUnnamed(issuer) ? "" : issuer;
    }
}

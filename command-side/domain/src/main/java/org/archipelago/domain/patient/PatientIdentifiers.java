package org.archipelago.domain.patient;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientIdentifier;

/**
 * Who an object is about and which order it belongs to, if it says so (architecture section 3). An identifier is nothing
 * without its issuer: the object's own, else the one configured for the calling AE, else the site's. Placeholders,
 * and values that are damaged or several, never identify. Thread-safe.
 */
public final class PatientIdentifiers {
    /** Compared without regard to case and to surrounding space. */
    public static final Set<String> DEFAULT_PLACEHOLDERS = Set.of(
            "UNKNOWN",
            "UNK",
            "UNKNOWN ID",
            "ANONYMOUS",
            "ANONYMIZED",
            "ANONYMISED",
            "ANON",
            "NONE",
            "NULL",
            "NIL",
            "N/A",
            "NA",
            "NO ID",
            "NOID",
            "NOT AVAILABLE",
            "UNDEFINED",
            "UNIDENTIFIED");

    /** What several values of one attribute, or several issuers, are read as: it identifies nobody. */
    private static final String SEVERAL = "\u0000";

    private static final AttributeSet OF_SEVERAL = AttributeSet.EMPTY
            .with(Tags.LOCAL_NAMESPACE_ENTITY_ID, new Attribute(Vr.UT, List.of(new Value.Text(SEVERAL))))
            .with(Tags.UNIVERSAL_ENTITY_ID, new Attribute(Vr.UT, List.of(new Value.Text(SEVERAL))));

    /** What bytes that no character set explains are read as. */
    private static final char UNDECODABLE = '\uFFFD';

    private final String siteIssuer;
    private final Set<String> placeholders;

    /**
     * @param siteIssuer the issuer of identifiers for which nothing else says one
     * @param placeholders beside these, an identifier of zeros alone or of one repeated punctuation mark never identifies
     */
    public PatientIdentifiers(String siteIssuer, Collection<String> placeholders) {
        this.siteIssuer = siteIssuer;
        this.placeholders =
                placeholders.stream().map(PatientIdentifiers::normal).collect(Collectors.toUnmodifiableSet());
    }

    /** From (0010,0020) with (0010,0021) and (0010,0024); empty when the object names no patient. */
    public Optional<PatientIdentifier> patient(AttributeSet attributes, Optional<String> issuerOfSource) {
        Optional<String> own = text(attributes, Tags.ISSUER_OF_PATIENT_ID)
                .map(String::strip)
                .or(() -> item(attributes, Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE)
                        .flatMap(PatientIdentifiers::universal));
        return patient(text(attributes, Tags.PATIENT_ID).orElse(""), own, issuerOfSource);
    }

    /**
     * What an object says that identifies nobody, a placeholder for one, with the issuer that it names, or none; empty when it is
     * damaged or of several values, which different people may have in common.
     */
    public static Optional<PatientIdentifier> said(AttributeSet attributes) {
        String issuer = text(attributes, Tags.ISSUER_OF_PATIENT_ID).orElse("");
        return text(attributes, Tags.PATIENT_ID)
                .filter(id -> !isDamaged(id) && !isDamaged(issuer))
                .map(id -> new PatientIdentifier(id, issuer));
    }

    /** For an identifier that comes by other means, such as a query or a message. */
    public Optional<PatientIdentifier> patient(String id, Optional<String> ownIssuer, Optional<String> issuerOfSource) {
        return identifying(id)
                .flatMap(text -> issuer(ownIssuer, issuerOfSource).map(issuer -> new PatientIdentifier(text, issuer)));
    }

    /** From (0008,0050) with (0008,0051); empty when the object names no order. */
    public Optional<AccessionIdentifier> accession(AttributeSet attributes, Optional<String> issuerOfSource) {
        return identifying(text(attributes, Tags.ACCESSION_NUMBER).orElse(""))
                .flatMap(text -> issuer(issuerOfAccession(attributes), issuerOfSource)
                        .map(issuer -> new AccessionIdentifier(text, issuer)));
    }

    /** What an object itself says of the issuer of its Accession Number, in (0008,0051). */
    public static Optional<String> issuerOfAccession(AttributeSet attributes) {
        return item(attributes, Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE)
                .flatMap(item -> text(item, Tags.LOCAL_NAMESPACE_ENTITY_ID)
                        .map(String::strip)
                        .or(() -> universal(item)));
    }

    public boolean isPlaceholder(String identifier) {
        String text = normal(identifier);
        return text.isEmpty()
                || placeholders.contains(text)
                || text.chars().allMatch(c -> c == '0')
                || (!Character.isLetterOrDigit(text.codePointAt(0))
                        && text.codePoints().distinct().count() == 1);
    }

    /** Two damaged values must never meet in one record. */
    private Optional<String> identifying(String identifier) {
        String text = identifier.strip();
        return isPlaceholder(text) || isDamaged(text) ? Optional.empty() : Optional.of(text);
    }

    private Optional<String> issuer(Optional<String> own, Optional<String> ofSource) {
        String issuer = own.or(() -> ofSource).orElse(siteIssuer);
        return isDamaged(issuer) ? Optional.empty() : Optional.of(issuer);
    }

    /**
     * Universal Entity ID (0040,0032) with its type (0040,0033), as the second and third subcomponent of an HL7 v2
     * assigning authority would have it (PS3.3 §10.14).
     */
    private static Optional<String> universal(AttributeSet item) {
        return text(item, Tags.UNIVERSAL_ENTITY_ID)
                .map(id -> "&" + id.strip() + "&"
                        + text(item, Tags.UNIVERSAL_ENTITY_ID_TYPE)
                                .map(String::strip)
                                .orElse(""));
    }

    private static Optional<String> text(AttributeSet attributes, int tag) {
        return hasSeveral(attributes, tag) ? Optional.of(SEVERAL) : attributes.text(tag);
    }

    /** The item of a sequence that has one; of several, one that says nothing that identifies. */
    private static Optional<AttributeSet> item(AttributeSet attributes, int sequence) {
        if (hasSeveral(attributes, sequence)) {
            return Optional.of(OF_SEVERAL);
        }
        return attributes.get(sequence).map(Attribute::values).stream()
                .flatMap(List::stream)
                .filter(Value.Item.class::isInstance)
                .map(item -> ((Value.Item) item).attributes())
                .findFirst();
    }

    private static boolean hasSeveral(AttributeSet attributes, int tag) {
        return attributes.get(tag).filter(a -> a.values().size() > 1).isPresent();
    }

    private static boolean isDamaged(String text) {
        return text.chars().anyMatch(c -> Character.isISOControl(c) || c == UNDECODABLE);
    }

    private static String normal(String text) {
        return text.strip().toUpperCase(Locale.ROOT);
    }
}

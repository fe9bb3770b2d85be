package org.archipelago.query.search;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.query.matching.SearchTerms;

/**
 * Which order an instance of a study belongs to. An object seldom says who issued its Accession Number; the site knew when it
 * was recorded, for the study.
 */
record InstanceOrders(Set<AccessionIdentifier> ofStudy) {
    /** A number that identifies no order is of no issuer, as for the study; of one that was not recorded any more, nobody knows. */
    SearchTerms of(AttributeSet header) {
        SearchTerms terms = SearchTerms.none();
        header.text(Tags.ACCESSION_NUMBER)
                .map(String::strip)
                .ifPresent(number -> issuers(header, number)
                        .forEach(issuer -> terms.addIdentifier(Tags.ACCESSION_NUMBER, issuer, number)));
        return terms;
    }

    private List<String> issuers(AttributeSet header, String number) {
        List<String> recorded = ofStudy.stream()
                .filter(order -> order.number().equals(number))
                .map(AccessionIdentifier::issuer)
                .toList();
        if (recorded.isEmpty() && ofStudy.size() < AccessionIdentifier.MAX_OF_STUDY) {
            return List.of("");
        }
        return PatientIdentifiers.issuerOfAccession(header).map(List::of).orElse(recorded);
    }
}

package org.archipelago.domain.patient;

import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/** Patient's Birth Date (0010,0030) as far as it tells of one. */
final class BirthDate {
    /** What programs write where they know none: their own earliest or latest dates, and what people fill in. */
    private static final Set<String> NO_DATES =
            Set.of("00010101", "11111111", "17530101", "18000101", "18991230", "18991231", "19000101", "99991231");

    private static final Pattern EIGHT_DIGITS = Pattern.compile("[0-9]{8}");

    private BirthDate() {}

    /** Written as in PS3.5 §6.2 or, as before 1993, with dots; without them. Empty where no day of any calendar is meant. */
    static Optional<String> of(AttributeSet attributes) {
        return attributes
                .text(Tags.PATIENT_BIRTH_DATE)
                .map(date -> date.replace(".", "").strip())
                .filter(date -> !date.isEmpty() && !NO_DATES.contains(date) && !isImpossible(date));
    }

    /** What is no date of eight digits, such as a year alone, is compared as it stands. */
    private static boolean isImpossible(String date) {
        if (!EIGHT_DIGITS.matcher(date).matches()) {
            return false;
        }
        try {
            DateTimeFormatter.BASIC_ISO_DATE.parse(date);
            return false;
        } catch (DateTimeException noSuchDay) {
            return true;
        }
    }
}

package org.archipelago.node.portal;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.MatchingKey;

/**
 * One line as people type it: {@code doe jane ct 2024}. Dates, modalities and UIDs are known by their form, {@code id:},
 * {@code acc:}, {@code name:} and {@code desc:} say what a word is, and other words may be a name, an identifier or a
 * description: each reading is an alternative.
 *
 * @param alternatives keys to ask for; a study that matches any is found
 */
record SearchLine(List<List<MatchingKey>> alternatives) {
    static final int MAX_CHARS = 200;
    private static final Set<String> MODALITIES = Set.of(
            "CR",
            "CT",
            "DX",
            "ECG",
            "ES",
            "IO",
            "IVUS",
            "KO",
            "MG",
            "MR",
            "NM",
            "OCT",
            "OP",
            "OPT",
            "OT",
            "PR",
            "PT",
            "PX",
            "RF",
            "RTDOSE",
            "RTIMAGE",
            "RTPLAN",
            "RTSTRUCT",
            "SC",
            "SEG",
            "SM",
            "SR",
            "US",
            "XA",
            "XC");
    private static final Pattern UID = Pattern.compile("\\d+(\\.\\d+){3,}");
    private static final Pattern DAY = Pattern.compile("(\\d{4})-?(\\d{2})-?(\\d{2})");
    private static final Pattern YEAR = Pattern.compile("(19|20)\\d{2}");

    /** @throws ArchiveException INVALID_QUERY when it is longer than 200 characters */
    static SearchLine parse(String line) {
        if (line.length() > MAX_CHARS) {
            throw new ArchiveException(
                    ArchiveError.INVALID_QUERY, "search line longer than " + MAX_CHARS + " characters");
        }
        List<MatchingKey> certain = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (String word : line.strip().split("\\s+")) {
            if (!word.isEmpty()) {
                known(word).ifPresentOrElse(certain::add, () -> words.add(word));
            }
        }
        return new SearchLine(alternatives(certain, words));
    }

    private static Optional<MatchingKey> known(String word) {
        int colon = word.indexOf(':');
        if (colon > 0 && colon < word.length() - 1) {
            String value = word.substring(colon + 1);
            switch (word.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "id" -> {
                    return key(Tags.PATIENT_ID, Vr.LO, value);
                }
                case "acc" -> {
                    return key(Tags.ACCESSION_NUMBER, Vr.SH, value);
                }
                case "name" -> {
                    return key(Tags.PATIENT_NAME, Vr.PN, "*" + value + "*");
                }
                case "desc" -> {
                    return key(Tags.STUDY_DESCRIPTION, Vr.LO, "*" + value + "*");
                }
                default -> {
                    return Optional.empty();
                }
            }
        }
        if (UID.matcher(word).matches()) {
            return key(Tags.STUDY_INSTANCE_UID, Vr.UI, word);
        }
        if (MODALITIES.contains(word.toUpperCase(Locale.ROOT))) {
            return key(Tags.MODALITIES_IN_STUDY, Vr.CS, word.toUpperCase(Locale.ROOT));
        }
        return date(word).flatMap(range -> key(Tags.STUDY_DATE, Vr.DA, range));
    }

    private static Optional<String> date(String word) {
        if (YEAR.matcher(word).matches()) {
            return Optional.of(word + "0101-" + word + "1231");
        }
        String[] ends = word.split("\\.\\.", -1);
        if (ends.length == 2) {
            return day(ends[0]).flatMap(from -> day(ends[1]).map(to -> from + "-" + to));
        }
        return day(word);
    }

    private static Optional<String> day(String text) {
        Matcher day = DAY.matcher(text);
        if (!day.matches()) {
            return Optional.empty();
        }
        try {
            LocalDate date = LocalDate.of(
                    Integer.parseInt(day.group(1)), Integer.parseInt(day.group(2)), Integer.parseInt(day.group(3)));
            return date.getYear() < 1900 || date.getYear() > 2099
                    ? Optional.empty()
                    : Optional.of(day.group(1) + day.group(2) + day.group(3));
        } catch (DateTimeException e) {
            // An identifier of eight digits that is no day.
            return Optional.empty();
        }
    }

    private static Optional<MatchingKey> key(int tag, Vr vr, String value) {
        return Optional.of(new MatchingKey(List.of(tag), vr, value));
    }

    private static List<List<MatchingKey>> alternatives(List<MatchingKey> certain, List<String> words) {
        if (words.isEmpty()) {
            return List.of(List.copyOf(certain));
        }
        String all = String.join(" ", words);
        List<List<MatchingKey>> alternatives = new ArrayList<>();
        alternatives.add(with(certain, Tags.PATIENT_NAME, Vr.PN, all));
        if (words.size() == 1) {
            alternatives.add(with(certain, Tags.PATIENT_ID, Vr.LO, all));
            alternatives.add(with(certain, Tags.ACCESSION_NUMBER, Vr.SH, all));
        }
        alternatives.add(with(certain, Tags.STUDY_DESCRIPTION, Vr.LO, "*" + all + "*"));
        return alternatives;
    }

    private static List<MatchingKey> with(List<MatchingKey> certain, int tag, Vr vr, String value) {
        List<MatchingKey> keys = new ArrayList<>(certain);
        keys.add(new MatchingKey(List.of(tag), vr, value));
        return keys;
    }
}

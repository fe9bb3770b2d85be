package org.archipelago.query.matching;

import java.math.BigDecimal;
import org.archipelago.contract.dicom.Vr;

/** The one form of a value in which single values compare as equal strings and dates and times as ordered ones. */
final class Normal {
    /** Longer values are compared by their beginning: Lucene refuses terms of more than 32,766 bytes. */
    static final int MAX_LENGTH_CHARS = 1024;

    private static final String LOWEST_TIME = "000000.000000";
    private static final String HIGHEST_TIME = "235959.999999";
    private static final String LOWEST_DATE_TIME = "00000101000000.000000";
    private static final String HIGHEST_DATE_TIME = "99991231235959.999999";
    private static final int MAX_SCALE = 60;

    private Normal() {}

    static String value(Vr vr, String raw) {
        String normal = switch (vr) {
            case DA -> date(raw);
            case TM -> padded(time(raw), LOWEST_TIME);
            case DT -> padded(dateTime(raw), LOWEST_DATE_TIME);
            case IS, DS, FL, FD, SL, SS, SV, UL, US, UV -> number(raw);
            case UI -> raw.replace('\0', ' ').strip();
            default -> raw.strip();
        };
        return normal.length() <= MAX_LENGTH_CHARS ? normal : normal.substring(0, MAX_LENGTH_CHARS);
    }

    /** The last moment that a bound of a range includes: {@code 1015} ends at 10:15:59.999999. */
    static String upperBound(Vr vr, String raw) {
        return switch (vr) {
            case TM -> padded(time(raw), HIGHEST_TIME);
            case DT -> padded(dateTime(raw), HIGHEST_DATE_TIME);
            default -> value(vr, raw);
        };
    }

    static boolean hasRanges(Vr vr) {
        return vr == Vr.DA || vr == Vr.TM || vr == Vr.DT;
    }

    /** PS3.4 §C.2.2.2.4 names the VRs that have wild cards. */
    static boolean hasWildCards(Vr vr) {
        return switch (vr) {
            case AE, CS, LO, LT, PN, SH, ST, UC, UR, UT -> true;
            default -> false;
        };
    }

    /** Also the ACR-NEMA form {@code 2020.01.31} (PS3.5 §6.2). */
    private static String date(String raw) {
        return raw.strip().replace(".", "").replace("-", "");
    }

    private static String time(String raw) {
        return raw.strip().replace(":", "");
    }

    /** Without its offset from UTC: values compare as their own clocks showed them. */
    private static String dateTime(String raw) {
        String text = raw.strip();
        int sign = Math.max(text.indexOf('+'), text.indexOf('-'));
        return sign > 0 ? text.substring(0, sign) : text;
    }

    private static String padded(String text, String filling) {
        if (text.isEmpty() || text.length() >= filling.length()) {
            return text;
        }
        return text + filling.substring(text.length());
    }

    private static String number(String raw) {
        String text = raw.strip();
        try {
            BigDecimal number = new BigDecimal(text).stripTrailingZeros();
            return Math.abs(number.scale()) > MAX_SCALE ? number.toString() : number.toPlainString();
        } catch (NumberFormatException e) {
            return text; // senders put text into numbers: it compares as text
        }
    }
}

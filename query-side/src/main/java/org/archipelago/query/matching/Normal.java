package org.archipelago.query.matching;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import org.archipelago.contract.dicom.Tags;
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
    private static final DateTimeFormatter MOMENT = new DateTimeFormatterBuilder()
            .appendPattern("uuuuMMddHHmmss")
            .appendFraction(ChronoField.MICRO_OF_SECOND, 6, 6, true)
            .toFormatter(Locale.ROOT);

    private Normal() {}

    static String value(Vr vr, String raw) {
        String normal = switch (vr) {
            case DA -> date(raw);
            case TM -> padded(time(raw), LOWEST_TIME);
            case DT -> dateTime(raw, LOWEST_DATE_TIME);
            case IS, DS, FL, FD, SL, SS, SV, UL, US, UV -> number(raw);
            case AT -> tag(raw);
            case UI -> raw.replace('\0', ' ').strip();
            default -> raw.strip();
        };
        return normal.length() <= MAX_LENGTH_CHARS ? normal : normal.substring(0, MAX_LENGTH_CHARS);
    }

    /** The last moment that a bound of a range includes: {@code 1015} ends at 10:15:59.999999. */
    static String upperBound(Vr vr, String raw) {
        return switch (vr) {
            case TM -> padded(time(raw), HIGHEST_TIME);
            case DT -> dateTime(raw, HIGHEST_DATE_TIME);
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

    /** In UTC when it has an offset from it (PS3.5 §6.2), else as its own clock showed it. */
    private static String dateTime(String raw, String filling) {
        String text = raw.strip();
        int sign = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
        if (sign < 0) {
            return padded(text, filling);
        }
        String local = padded(text.substring(0, sign), filling);
        try {
            return MOMENT.format(LocalDateTime.parse(local, MOMENT)
                    .minusSeconds(ZoneOffset.of(text.substring(sign)).getTotalSeconds()));
        } catch (DateTimeException e) {
            return local; // no day of any calendar, or no offset: it compares as it is written
        }
    }

    /** As PS3.18 §F.2.3 writes it: eight hexadecimal digits. */
    private static String tag(String raw) {
        return raw.replaceAll("[\\s(),]", "").toUpperCase(Locale.ROOT);
    }

    /** A number of a binary value as text. */
    static String text(Vr vr, BigDecimal number) {
        return vr == Vr.AT ? Tags.hex(number.intValue()) : number.toString();
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

package org.archipelago.domain.patient;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** VR DT (PS3.5 §6.2): {@code YYYYMMDDHHMMSS.FFFFFF&ZZXX}. */
final class DicomDateTime {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss.SSSSSS'+0000'").withZone(ZoneOffset.UTC);

    private DicomDateTime() {}

    static String utc(Instant instant) {
        return UTC.format(instant);
    }
}

package org.archipelago.node.configuration;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every number of a configuration is a size, a count, a time or a port, so each is more than 0, or at least 0 where 0 has a
 * meaning. Found by reflection, so that none can be forgotten.
 */
final class NumberBounds {
    private static final Set<String> MAY_BE_ZERO = Set.of(
            "log.maxReopens",
            "log.reserveBytes",
            "blobs.lowWaterMarkBytes",
            "blobs.compactBelowPercent",
            "blobs.compactionCheckSeconds",
            "ingest.correctionWindowMinutes",
            "dicom.listeners.port",
            "dicom.minReceiveBytesPerSecond",
            "dicom.shutdownTimeoutMs",
            "http.port",
            "elasticsearch.minimumPositionWaitMs",
            "federation.cachedBlobsBytes",
            "federation.blobBytesPerSecond",
            "federation.copies.capacityBytes",
            "federation.copies.bytesPerSecond",
            "federation.copies.scrubBytesPerSecond",
            "federation.copies.releaseAfterDays");

    private NumberBounds() {}

    /** @throws ConfigurationException naming the first number that is too small */
    static void check(Configuration configuration, String name) {
        record(configuration, "", name);
    }

    private static void record(Record settings, String prefix, String name) {
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            try {
                value(component.getAccessor().invoke(settings), prefix + component.getName(), name);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("a setting cannot be read", e);
            }
        }
    }

    private static void value(Object value, String place, String name) {
        switch (value) {
            case Number number -> number(number.longValue(), place, name);
            case Record settings -> record(settings, place + ".", name);
            case List<?> list -> list.forEach(element -> value(element, place, name));
            case Optional<?> optional -> optional.ifPresent(given -> value(given, place, name));
            default -> {}
        }
    }

    private static void number(long value, String place, String name) {
        boolean zero = MAY_BE_ZERO.contains(place);
        if (value < (zero ? 0 : 1)) {
            throw new ConfigurationException(
                    name + ": " + place + " is " + value + ", but must be " + (zero ? "at least 0" : "more than 0"));
        }
    }
}

package org.archipelago.contract.study;

import java.util.Set;
import org.archipelago.contract.dicom.Tags;

/** Which attributes an instance carries in its event when they differ from its series' baseline. Closed, so that events stay small. */
public final class InstanceAttributes {
    /** An attribute whose value is longer is never in an event; it stays in the blob. */
    public static final int MAX_VALUE_LENGTH_BYTES = 4096;

    public static final Set<Integer> DIFFERING = Set.of(
            Tags.IMAGE_TYPE,
            Tags.CONTENT_DATE,
            Tags.CONTENT_TIME,
            Tags.ACQUISITION_NUMBER,
            Tags.INSTANCE_NUMBER,
            Tags.NUMBER_OF_FRAMES,
            Tags.ROWS,
            Tags.COLUMNS,
            Tags.BITS_ALLOCATED);

    private InstanceAttributes() {}
}

package org.archipelago.query;

import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.LocalPosition;

/**
 * @param matches in a stable order; computed attributes (counts, Modalities in Study, ...) included where they were asked for or are defaults
 * @param more whether there are matches behind this page
 * @param position the position that the answer takes in
 */
public record QueryPage(List<AttributeSet> matches, boolean more, LocalPosition position) {}

package org.archipelago.node.dicom.output;

import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/**
 * What is to be different in an object that leaves.
 *
 * @param replacements top-level attributes that take the place of the object's own, or are added; Specific Character Set
 *     and Original Attributes Sequence among them are ignored
 * @param originals items to append to Original Attributes Sequence (0400,0561), oldest change first (PS3.3 §C.12.1.1.9).
 *     One without Modified Attributes Sequence (0400,0550) is given the object's own values of the replaced attributes.
 */
public record Corrections(AttributeSet replacements, List<AttributeSet> originals) {
    public static final Corrections NONE = new Corrections(AttributeSet.EMPTY, List.of());
    static final int MODIFIED_ATTRIBUTES_SEQUENCE = 0x04000550;

    public Corrections {
        replacements = replacements.filter(
                tag -> tag != Tags.SPECIFIC_CHARACTER_SET && tag != Tags.ORIGINAL_ATTRIBUTES_SEQUENCE);
        originals = List.copyOf(originals);
    }

    public boolean isEmpty() {
        return replacements.isEmpty() && originals.isEmpty();
    }
}

package org.archipelago.node.dicom.xml;

import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.Dictionary;

/** Whose a private element is (PS3.5 §7.8.1). */
final class PrivateBlocks {
    private static final int FIRST_BLOCK = 0x10;
    private static final int LAST_BLOCK = 0xFF;

    private PrivateBlocks() {}

    /** Empty where none reserves its block, or another block of the group has the same creator. */
    static Optional<String> creator(AttributeSet set, int tag) {
        if (!Dictionary.isPrivate(tag) || (tag & 0xFFFF) <= LAST_BLOCK) {
            return Optional.empty();
        }
        int own = tag & 0xFFFF0000 | tag >>> 8 & 0xFF;
        Optional<String> creator = set.text(own);
        boolean alone = creator.isPresent()
                && set
                        .attributes()
                        .subMap(tag & 0xFFFF0000 | FIRST_BLOCK, true, tag & 0xFFFF0000 | LAST_BLOCK, true)
                        .keySet()
                        .stream()
                        .allMatch(other -> other == own || !set.text(other).equals(creator));
        return alone ? creator : Optional.empty();
    }

    /** In the block that the creator has, or in the first free one, which then is its. */
    static int place(Map<Integer, Attribute> attributes, int tag, String creator) {
        int group = tag & 0xFFFF0000;
        int free = 0;
        for (int block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
            Attribute reserved = attributes.get(group | block);
            if (reserved == null) {
                free = free == 0 ? block : free;
            } else if (!reserved.isEmpty() && reserved.values().getFirst().equals(new Value.Text(creator))) {
                return group | block << 8 | tag & 0xFF;
            }
        }
        if (free == 0) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "more private creators than a group has blocks");
        }
        attributes.put(group | free, new Attribute(Vr.LO, java.util.List.of(new Value.Text(creator))));
        return group | free << 8 | tag & 0xFF;
    }
}

package org.archipelago.node.portal;

import java.util.List;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.dicom.dictionary.Dictionary;
import org.archipelago.query.HolderAttributes.Holder;

/**
 * A site that holds a study of the network.
 *
 * @param differsIn keywords of attributes in which its copy differs from what is shown
 * @param otherPatient whether its copy has objects of somebody else, or may have
 */
public record HolderRow(String site, String label, long instances, List<String> differsIn, boolean otherPatient) {
    static HolderRow of(Holder holder) {
        return new HolderRow(
                holder.site().toString(),
                holder.label(),
                holder.instances(),
                holder.differing().stream().map(HolderRow::keyword).toList(),
                holder.otherPatient());
    }

    private static String keyword(int tag) {
        return Dictionary.entry(tag).map(Dictionary.Entry::keyword).orElseGet(() -> Tags.hex(tag));
    }
}

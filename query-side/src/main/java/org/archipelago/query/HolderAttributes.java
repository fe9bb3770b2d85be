package org.archipelago.query;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/**
 * Who holds what a row of the network view shows, as private attributes of the row (PS3.5 §7.8.1), so that every protocol carries them
 * and none has to know them: a sequence with an item for each site.
 */
public final class HolderAttributes {
    public static final int CREATOR_TAG = 0x00090010;
    public static final String CREATOR = "ARCHIPELAGO 1.0";
    /** SQ: the holders. */
    public static final int HOLDERS = 0x00091001;
    /** LO: the id that a site has for ever. */
    public static final int SITE_ID = 0x00091002;
    /** LO: what people call it. */
    public static final int SITE_LABEL = 0x00091003;
    /** AT: attributes in which this copy differs from what the row shows. */
    public static final int DIFFERS_IN = 0x00091004;
    /** CS: YES where this copy has objects of somebody else than whom the row shows, or nobody can tell; absent otherwise. */
    public static final int OTHER_PATIENT = 0x00091005;

    private static final String YES = "YES";

    private HolderAttributes() {}

    /**
     * @param instances that its copy of the study or series has
     * @param differing tags
     * @param otherPatient whether somebody else's objects are in it, or may be
     */
    public record Holder(SiteId site, String label, long instances, List<Integer> differing, boolean otherPatient) {
        public Holder {
            differing = List.copyOf(differing);
        }
    }

    public static AttributeSet write(List<Holder> holders) {
        List<Value> items = new ArrayList<>();
        for (Holder holder : holders) {
            Map<Integer, Attribute> item = new TreeMap<>();
            item.put(CREATOR_TAG, text(CREATOR));
            item.put(SITE_ID, text(holder.site.toString()));
            item.put(SITE_LABEL, text(holder.label));
            if (!holder.differing.isEmpty()) {
                item.put(
                        DIFFERS_IN,
                        new Attribute(
                                Vr.AT,
                                holder.differing.stream()
                                        .<Value>map(tag ->
                                                new Value.Numeric(BigDecimal.valueOf(Integer.toUnsignedLong(tag))))
                                        .toList()));
            }
            if (holder.otherPatient) {
                item.put(OTHER_PATIENT, new Attribute(Vr.CS, List.of(new Value.Text(YES))));
            }
            item.put(
                    Tags.NUMBER_OF_STUDY_RELATED_INSTANCES,
                    new Attribute(Vr.IS, List.of(new Value.Text(Long.toString(holder.instances)))));
            items.add(new Value.Item(AttributeSet.of(item)));
        }
        return AttributeSet.EMPTY.with(CREATOR_TAG, text(CREATOR)).with(HOLDERS, new Attribute(Vr.SQ, items));
    }

    /** None for a row of one site's own answer. */
    public static List<Holder> read(AttributeSet row) {
        List<Holder> holders = new ArrayList<>();
        for (Value value : row.get(HOLDERS).map(Attribute::values).orElse(List.of())) {
            if (value instanceof Value.Item(AttributeSet item)) {
                holders.add(new Holder(
                        SiteId.parse(item.text(SITE_ID).orElseThrow()),
                        item.text(SITE_LABEL).orElse(""),
                        item.text(Tags.NUMBER_OF_STUDY_RELATED_INSTANCES)
                                .map(Long::parseLong)
                                .orElse(0L),
                        tags(item),
                        item.text(OTHER_PATIENT).filter(YES::equals).isPresent()));
            }
        }
        return holders;
    }

    private static List<Integer> tags(AttributeSet item) {
        List<Integer> tags = new ArrayList<>();
        for (Value value : item.get(DIFFERS_IN).map(Attribute::values).orElse(List.of())) {
            if (value instanceof Value.Numeric(BigDecimal tag)) {
                tags.add((int) tag.longValueExact());
            }
        }
        return tags;
    }

    private static Attribute text(String text) {
        return new Attribute(Vr.LO, List.of(new Value.Text(text)));
    }
}

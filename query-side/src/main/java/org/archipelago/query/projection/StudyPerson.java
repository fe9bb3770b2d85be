package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;
import org.archipelago.query.attributes.AttributeJson;

/**
 * One of the people whose objects carry a study's UID, corrections and merges in force: what rows of this person show of it, or
 * of it and the study, and what finds them.
 *
 * @param key what stands for the person when results are grouped
 * @param matched of each attribute every value that finds the person
 * @param orders that objects of this person say
 * @param instances that are current, and leave when the person is asked for
 */
record StudyPerson(String key, AttributeSet shown, AttributeSet matched, StudyOrders orders, int instances) {
    ObjectNode toJson() {
        ObjectNode node = Json.object().put("key", key);
        node.set("shown", AttributeJson.write(shown));
        node.set("matched", AttributeJson.write(matched));
        node.set("orders", orders.toJson());
        return node;
    }

    /** One data set with every value of each attribute. */
    static AttributeSet union(Collection<AttributeSet> sets) {
        NavigableMap<Integer, Attribute> all = new TreeMap<>(Integer::compareUnsigned);
        for (AttributeSet set : sets) {
            for (Map.Entry<Integer, Attribute> one : set.attributes().entrySet()) {
                all.merge(one.getKey(), one.getValue(), StudyPerson::both);
            }
        }
        return AttributeSet.of(all);
    }

    private static Attribute both(Attribute one, Attribute other) {
        Set<Value> values = new LinkedHashSet<>(one.values());
        values.addAll(other.values());
        return new Attribute(one.vr(), List.copyOf(values));
    }
}

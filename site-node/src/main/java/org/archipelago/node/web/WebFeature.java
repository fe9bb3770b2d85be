package org.archipelago.node.web;

import jakarta.servlet.Filter;
import java.util.List;

/** One HTTP interface of the node: ready objects, no scanning. */
public interface WebFeature {
    /** Objects that become beans: annotated controllers and whatever else Spring is to find. */
    List<Object> beans();

    /** Filters around every request, outermost first, inside the guards. */
    default List<Filter> filters() {
        return List.of();
    }
}

package org.archipelago.node.portal;

import java.util.Map;

/** Port: what an operator reads first. */
public interface NodeStatus {
    /** In the order to show: version, positions, counts, sizes. No patient data. */
    Map<String, String> facts();
}

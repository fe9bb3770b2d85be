package org.archipelago.node.dimse;

import java.util.Set;
import org.archipelago.contract.AeTitle;
import org.archipelago.node.network.NetworkView;

/**
 * The application entity that answers queries for all sites.
 *
 * @param strict calling AE titles whose queries end with a failure where something may be missing: they show no warning otherwise
 */
public record NetworkAe(AeTitle title, Set<AeTitle> strict, NetworkView view) {
    public NetworkAe {
        strict = Set.copyOf(strict);
    }
}

package org.archipelago.node.cli;

import java.net.URI;
import java.nio.file.Path;

/**
 * Where a site's node is to be found, as its configuration says.
 *
 * @param data the node's data directory
 * @param http without a path
 * @param aeTitle empty: it has no DICOM listener
 */
public record NodeAddress(
        Path configuration, Path data, String site, URI http, String dicomHost, int dicomPort, String aeTitle) {
    public boolean hasDicom() {
        return !aeTitle.isEmpty();
    }
}

package org.archipelago.node.cli;

import java.util.List;
import java.util.OptionalInt;

/**
 * Where the sites of a demo listen, on loopback: the first at the ports named, each further one at the next.
 *
 * @param peer where nodes of the other sites call; unused where there are none
 */
record DemoPorts(List<DemoSite> sites, int http, int dicom, int peer, int elasticsearch) {
    DemoPorts {
        sites = List.copyOf(sites);
    }

    /** Of one site. @param peer empty where it is to take no calls */
    record OfSite(int http, int dicom, OptionalInt peer, int elasticsearch) {}

    private boolean isNetwork() {
        return sites.size() > 1;
    }

    OfSite of(DemoSite site) {
        int at = sites.indexOf(site);
        return new OfSite(
                http + at, dicom + at, isNetwork() ? OptionalInt.of(peer + at) : OptionalInt.empty(), elasticsearch);
    }

    /** @throws CommandFailure one is in use; names the option that changes it */
    void requireFree() {
        Ports.requireFree(http, sites.size(), "--http-port");
        Ports.requireFree(dicom, sites.size(), "--dicom-port");
        if (isNetwork()) {
            Ports.requireFree(peer, sites.size(), "--peer-port");
        }
        Ports.requireFree(elasticsearch, 1, "--elasticsearch-port");
    }
}

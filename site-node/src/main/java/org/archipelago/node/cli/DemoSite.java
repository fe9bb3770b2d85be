package org.archipelago.node.cli;

import java.util.Locale;

/** The sites of the demo network, with the ports and titles that scripts and people can rely on. */
enum DemoSite {
    north,
    harbor,
    valley;

    private static final int FIRST_HTTP_PORT = 8081;
    private static final int FIRST_DICOM_PORT = 11111;
    private static final int FIRST_PEER_PORT = 8091;

    int httpPort() {
        return FIRST_HTTP_PORT + ordinal();
    }

    int dicomPort() {
        return FIRST_DICOM_PORT + ordinal();
    }

    /** Where nodes of the other sites call. */
    int peerPort() {
        return FIRST_PEER_PORT + ordinal();
    }

    String title() {
        return name().toUpperCase(Locale.ROOT);
    }
}

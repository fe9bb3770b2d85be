package org.archipelago.federation.simulation;

/** The process has ended here. Nobody may catch it and go on. */
final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1L;

    SimulatedCrash() {
        super("simulated crash", null, false, false);
    }
}

package org.archipelago.contract;

/** The DIMSE services that can be refused, each with status values of its own (PS3.7 §9.1, §10.1). */
public enum DimseService {
    C_STORE,
    C_FIND,
    C_MOVE,
    C_GET,
    N_ACTION
}

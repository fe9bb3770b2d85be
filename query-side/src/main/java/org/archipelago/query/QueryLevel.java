package org.archipelago.query;

/** PS3.4 §C.3: levels of the Query/Retrieve information models. */
public enum QueryLevel {
    PATIENT,
    STUDY,
    SERIES,
    IMAGE
}

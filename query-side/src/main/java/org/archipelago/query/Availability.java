package org.archipelago.query;

/** How soon what a row shows can be had at this site: values of Instance Availability (PS3.3 §C.4.23.1.1). */
public enum Availability {
    /** It is kept here. */
    ONLINE,
    /** It comes through here from another site. */
    NEARLINE,
    UNAVAILABLE
}

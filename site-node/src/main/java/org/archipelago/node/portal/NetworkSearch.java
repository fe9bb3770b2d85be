package org.archipelago.node.portal;

import java.util.function.Supplier;
import org.archipelago.node.network.Completeness;

/** Finds studies of all sites, and tells how current that is. */
record NetworkSearch(StudySearch studies, Supplier<Completeness> completeness) {}

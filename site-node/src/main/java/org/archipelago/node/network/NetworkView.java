package org.archipelago.node.network;

import java.util.function.Supplier;
import org.archipelago.query.ArchiveQueries;

/**
 * What this site knows of all sites, asked of itself.
 *
 * @param queries rows carry {@link org.archipelago.query.HolderAttributes}
 * @param completeness of what an answer of this moment can say; never throws
 */
public record NetworkView(ArchiveQueries queries, Supplier<Completeness> completeness) {}

package org.archipelago.node.network;

import java.util.function.Supplier;
import org.archipelago.contract.SiteId;
import org.archipelago.query.ArchiveQueries;

/**
 * What this site knows of all sites, asked of itself.
 *
 * @param site this one
 * @param queries rows carry {@link org.archipelago.query.HolderAttributes}
 * @param completeness of what an answer of this moment can say; never throws
 */
public record NetworkView(SiteId site, ArchiveQueries queries, Supplier<Completeness> completeness) {}

/** Elasticsearch over REST: requests, bulk writes, and its two ways to fail. */
@NullMarked
package org.archipelago.query.cluster;

import org.jspecify.annotations.NullMarked;

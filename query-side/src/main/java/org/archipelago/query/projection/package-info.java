/** Folds of the log into Elasticsearch, with the token in the index that it accounts for (architecture section 5). */
@NullMarked
package org.archipelago.query.projection;

import org.jspecify.annotations.NullMarked;

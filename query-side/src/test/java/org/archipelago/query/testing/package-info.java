/** What tests of this and other modules share: a running Elasticsearch, a log in memory. */
@NullMarked
package org.archipelago.query.testing;

import org.jspecify.annotations.NullMarked;

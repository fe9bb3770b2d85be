/** How a key of a query and a value of a data set meet (PS3.4 §C.2.2.2); the same rules for Elasticsearch and for header files. */
@NullMarked
package org.archipelago.query.matching;

import org.jspecify.annotations.NullMarked;

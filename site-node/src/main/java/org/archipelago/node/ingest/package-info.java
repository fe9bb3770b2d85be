/** The write path: a data set becomes a blob, then a record, then an acknowledgement. */
@NullMarked
package org.archipelago.node.ingest;

import org.jspecify.annotations.NullMarked;

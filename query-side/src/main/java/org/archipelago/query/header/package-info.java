/** Per-series header files: every attribute of every instance, without its bulk data. */
@NullMarked
package org.archipelago.query.header;

import org.jspecify.annotations.NullMarked;

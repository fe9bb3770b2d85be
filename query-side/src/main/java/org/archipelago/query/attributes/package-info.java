/** Data sets as JSON, for documents and header files. */
@NullMarked
package org.archipelago.query.attributes;

import org.jspecify.annotations.NullMarked;

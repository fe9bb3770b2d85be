/** The node itself. */
@NullMarked
package org.archipelago.domain.site;

import org.jspecify.annotations.NullMarked;

/** What a site does before it signs again: whether its log is the last one that it had. */
@NullMarked
package org.archipelago.federation.rejoin;

import org.jspecify.annotations.NullMarked;

/** What this site states of its log, and what it says to other sites. */
@NullMarked
package org.archipelago.node.federation;

import org.jspecify.annotations.NullMarked;

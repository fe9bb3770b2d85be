/** An origin's tree on disk, derived from the log and never trusted over it. */
@NullMarked
package org.archipelago.federation.tree;

import org.jspecify.annotations.NullMarked;

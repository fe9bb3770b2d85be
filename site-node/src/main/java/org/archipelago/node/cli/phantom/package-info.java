/** Synthetic studies of people who do not exist, for the demo and for tests. */
@NullMarked
package org.archipelago.node.cli.phantom;

import org.jspecify.annotations.NullMarked;

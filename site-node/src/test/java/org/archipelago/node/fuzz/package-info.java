/** Mutated input to the parsers of everything that a peer sends. */
@NullMarked
package org.archipelago.node.fuzz;

import org.jspecify.annotations.NullMarked;

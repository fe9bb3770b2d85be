/** The way out: which objects a study copy holds, and their bytes with the corrections in force, in a syntax that the receiver accepts. */
@NullMarked
package org.archipelago.node.retrieve;

import org.jspecify.annotations.NullMarked;

/** The commands of ./archipelago. */
@NullMarked
package org.archipelago.node.cli;

import org.jspecify.annotations.NullMarked;

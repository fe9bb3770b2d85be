/** Health, metrics, dead letters and what else an operator sees. */
@NullMarked
package org.archipelago.node.ops;

import org.jspecify.annotations.NullMarked;

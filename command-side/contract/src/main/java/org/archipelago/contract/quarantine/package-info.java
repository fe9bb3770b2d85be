/** Objects that are durable and listed, yet belong to no study copy. */
@NullMarked
package org.archipelago.contract.quarantine;

import org.jspecify.annotations.NullMarked;

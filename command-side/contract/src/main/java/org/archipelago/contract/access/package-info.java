/** Who saw, asked for or was refused what. */
@NullMarked
package org.archipelago.contract.access;

import org.jspecify.annotations.NullMarked;

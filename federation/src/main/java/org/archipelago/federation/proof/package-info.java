/** Proofs that leave the network in a file. */
@NullMarked
package org.archipelago.federation.proof;

import org.jspecify.annotations.NullMarked;

/** Merkle trees over the headers of an origin's records, and the two proofs about them (RFC 9162 §2.1, as RFC 6962 §2.1). */
@NullMarked
package org.archipelago.federation.merkle;

import org.jspecify.annotations.NullMarked;

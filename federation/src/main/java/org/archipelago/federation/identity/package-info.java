/** Who a site is to others: its id, its signing key, and the fingerprint that people compare. */
@NullMarked
package org.archipelago.federation.identity;

import org.jspecify.annotations.NullMarked;

/** Pixel data between sites: who holds what other sites stored, how it comes here when it is asked for, and what is given to others. */
@NullMarked
package org.archipelago.node.federation.copies;

import org.jspecify.annotations.NullMarked;

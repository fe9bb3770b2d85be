/** Files that are whole or absent, whatever happens. */
@NullMarked
package org.archipelago.federation.disk;

import org.jspecify.annotations.NullMarked;

/** What other sites can open of this one's. */
@NullMarked
package org.archipelago.domain.grant;

import org.jspecify.annotations.NullMarked;

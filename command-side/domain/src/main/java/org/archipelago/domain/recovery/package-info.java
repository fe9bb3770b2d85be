/** What a site does for another one that has lost what it had. */
@NullMarked
package org.archipelago.domain.recovery;

import org.jspecify.annotations.NullMarked;

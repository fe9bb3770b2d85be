/** Acting on what the log has grown by. */
@NullMarked
package org.archipelago.federation.follow;

import org.jspecify.annotations.NullMarked;

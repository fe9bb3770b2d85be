/** The packaged node as a real process, with real peers. */
@NullMarked
package org.archipelago.acceptance;

import org.jspecify.annotations.NullMarked;

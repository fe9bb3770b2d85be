/** Keys that one site lets another have: sealed to it, opened, and taken in. */
@NullMarked
package org.archipelago.federation.grant;

import org.jspecify.annotations.NullMarked;

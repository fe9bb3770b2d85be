/** Sessions of access. */
@NullMarked
package org.archipelago.domain.access;

import org.jspecify.annotations.NullMarked;

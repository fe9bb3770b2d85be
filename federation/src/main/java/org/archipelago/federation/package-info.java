@NullMarked
package org.archipelago.federation;

import org.jspecify.annotations.NullMarked;

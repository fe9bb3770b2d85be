@NullMarked
package org.archipelago.node;

import org.jspecify.annotations.NullMarked;

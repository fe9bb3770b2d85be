@NullMarked
package org.archipelago.query;

import org.jspecify.annotations.NullMarked;

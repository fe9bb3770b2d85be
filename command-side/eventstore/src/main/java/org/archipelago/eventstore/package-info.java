@NullMarked
package org.archipelago.eventstore;

import org.jspecify.annotations.NullMarked;

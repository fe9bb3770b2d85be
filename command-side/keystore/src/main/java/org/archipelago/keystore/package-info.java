@NullMarked
package org.archipelago.keystore;

import org.jspecify.annotations.NullMarked;

@NullMarked
package org.archipelago.domain;

import org.jspecify.annotations.NullMarked;

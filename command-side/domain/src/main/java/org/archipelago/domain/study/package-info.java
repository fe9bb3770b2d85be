/** The study copy: the rules for what arrives, and folds of its events for reading. */
@NullMarked
package org.archipelago.domain.study;

import org.jspecify.annotations.NullMarked;

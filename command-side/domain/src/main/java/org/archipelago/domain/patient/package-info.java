/** Patient records: identity, corrections and merges, and what of them applies to what leaves. */
@NullMarked
package org.archipelago.domain.patient;

import org.jspecify.annotations.NullMarked;

/** Queries of the patient, study, series and image levels. */
@NullMarked
package org.archipelago.query.search;

import org.jspecify.annotations.NullMarked;

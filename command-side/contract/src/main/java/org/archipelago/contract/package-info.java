/** What every module may speak of: identifiers, refusals. Knows no framework but Axon's annotations. */
@NullMarked
package org.archipelago.contract;

import org.jspecify.annotations.NullMarked;

/** What this site has taken in of others' logs. */
@NullMarked
package org.archipelago.contract.replica;

import org.jspecify.annotations.NullMarked;

/** Names and places in the event log: streams, positions, tokens, claims. See architecture section 4. */
@NullMarked
package org.archipelago.contract.log;

import org.jspecify.annotations.NullMarked;

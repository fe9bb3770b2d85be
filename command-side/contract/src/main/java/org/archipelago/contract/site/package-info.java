/** What happens to the node itself. */
@NullMarked
package org.archipelago.contract.site;

import org.jspecify.annotations.NullMarked;

/** Access history: every read edge begins and ends an access here. */
@NullMarked
package org.archipelago.node.audit;

import org.jspecify.annotations.NullMarked;

/** How far this site's replicas of others' logs had come when it recorded something. */
@NullMarked
package org.archipelago.domain.replica;

import org.jspecify.annotations.NullMarked;

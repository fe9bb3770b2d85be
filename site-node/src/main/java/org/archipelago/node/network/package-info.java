/** What every protocol says of the network view: who holds what it shows, and how current it is. */
@NullMarked
package org.archipelago.node.network;

import org.jspecify.annotations.NullMarked;

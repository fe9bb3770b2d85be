/** Sites, their disks, clocks and network, in one thread and by one seed. */
@NullMarked
package org.archipelago.federation.simulation;

import org.jspecify.annotations.NullMarked;

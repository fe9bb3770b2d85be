/** What two nodes ask of each other: the seam between taking in foreign records and what carries them. */
@NullMarked
package org.archipelago.federation.link;

import org.jspecify.annotations.NullMarked;

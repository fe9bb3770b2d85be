/** The first face: server-rendered pages and the viewer. */
@NullMarked
package org.archipelago.node.portal;

import org.jspecify.annotations.NullMarked;

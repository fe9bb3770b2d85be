/** Every port, path, limit and timeout, with its default. */
@NullMarked
package org.archipelago.node.configuration;

import org.jspecify.annotations.NullMarked;

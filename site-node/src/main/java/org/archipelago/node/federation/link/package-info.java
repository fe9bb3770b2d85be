/** The connections between sites: HTTP/2 with mutual TLS 1.3 and pinned certificates. */
@NullMarked
package org.archipelago.node.federation.link;

import org.jspecify.annotations.NullMarked;

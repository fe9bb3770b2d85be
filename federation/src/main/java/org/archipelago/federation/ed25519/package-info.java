/** Ed25519 (RFC 8032 §5.1), as the JDK has it. */
@NullMarked
package org.archipelago.federation.ed25519;

import org.jspecify.annotations.NullMarked;

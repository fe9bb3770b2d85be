/** What is sealed to one site: HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM. */
@NullMarked
package org.archipelago.federation.hpke;

import org.jspecify.annotations.NullMarked;

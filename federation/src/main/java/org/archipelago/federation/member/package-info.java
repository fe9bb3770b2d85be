/** What sites tell of themselves, so that others can reach and recognise them. */
@NullMarked
package org.archipelago.federation.member;

import org.jspecify.annotations.NullMarked;

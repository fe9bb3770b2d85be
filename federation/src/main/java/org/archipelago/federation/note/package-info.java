/** C2SP signed notes: text that several keys have signed. */
@NullMarked
package org.archipelago.federation.note;

import org.jspecify.annotations.NullMarked;

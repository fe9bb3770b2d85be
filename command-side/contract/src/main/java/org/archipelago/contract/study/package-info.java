/** What can happen to one site's copy of a study, and what may be asked of it. */
@NullMarked
package org.archipelago.contract.study;

import org.jspecify.annotations.NullMarked;

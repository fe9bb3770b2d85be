/** What can happen to a patient record, and what may be asked of it. */
@NullMarked
package org.archipelago.contract.patient;

import org.jspecify.annotations.NullMarked;

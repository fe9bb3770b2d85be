/** Data sets on their way out: with corrections, in another transfer syntax; and the digest that tells encodings from contents. */
@NullMarked
package org.archipelago.node.dicom.output;

import org.jspecify.annotations.NullMarked;

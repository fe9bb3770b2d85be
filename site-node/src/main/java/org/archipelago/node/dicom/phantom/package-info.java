/** Invented patients and images for demonstrations and tests: no person was ever scanned for them. */
@NullMarked
package org.archipelago.node.dicom.phantom;

import org.jspecify.annotations.NullMarked;

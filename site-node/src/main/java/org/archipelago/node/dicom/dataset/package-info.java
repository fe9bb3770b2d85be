/** Data sets as bytes (PS3.5 §7): scanned while they stream by, decoded, encoded, and found inside files (PS3.10). */
@NullMarked
package org.archipelago.node.dicom.dataset;

import org.jspecify.annotations.NullMarked;

/** The Native DICOM Model (PS3.19 §A.1). */
@NullMarked
package org.archipelago.node.dicom.xml;

import org.jspecify.annotations.NullMarked;

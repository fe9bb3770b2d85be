/** The DICOM JSON model (PS3.18 Annex F). */
@NullMarked
package org.archipelago.node.dicom.json;

import org.jspecify.annotations.NullMarked;

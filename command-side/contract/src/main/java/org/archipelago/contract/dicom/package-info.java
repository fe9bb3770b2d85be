/** The words of the DICOM standard that events and queries carry, and the ports through which other modules ask for DICOM encoding. */
@NullMarked
package org.archipelago.contract.dicom;

import org.jspecify.annotations.NullMarked;

/** Data sets and pixels: the only package that uses the DICOM toolkit. */
@NullMarked
package org.archipelago.node.dicom;

import org.jspecify.annotations.NullMarked;

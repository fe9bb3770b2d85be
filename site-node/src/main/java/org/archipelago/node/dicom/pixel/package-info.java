/** Frames of pixel data: found, decompressed, and rendered for people. */
@NullMarked
package org.archipelago.node.dicom.pixel;

import org.jspecify.annotations.NullMarked;

/** DICOM upper layer (PS3.8) and message exchange (PS3.7): bounded, on virtual threads, without the toolkit. */
@NullMarked
package org.archipelago.node.association;

import org.jspecify.annotations.NullMarked;

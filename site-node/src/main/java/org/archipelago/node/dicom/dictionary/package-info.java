/** The tables of PS3.6 and PS3.5 §10: attributes, UIDs, and what each transfer syntax means for its bytes. */
@NullMarked
package org.archipelago.node.dicom.dictionary;

import org.jspecify.annotations.NullMarked;

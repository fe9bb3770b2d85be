/** Text in data sets: Specific Character Set with code extensions (PS3.3 §C.12.1.1.2, PS3.5 §6.1). */
@NullMarked
package org.archipelago.node.dicom.text;

import org.jspecify.annotations.NullMarked;

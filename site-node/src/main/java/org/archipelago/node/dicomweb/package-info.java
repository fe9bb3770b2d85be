/** DICOMweb (PS3.18): STOW-RS, QIDO-RS, WADO-RS. */
@NullMarked
package org.archipelago.node.dicomweb;

import org.jspecify.annotations.NullMarked;

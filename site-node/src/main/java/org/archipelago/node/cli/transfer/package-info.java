/** What an import finds: DICOM files in folders, archives and file-sets, and how far it came. */
@NullMarked
package org.archipelago.node.cli.transfer;

import org.jspecify.annotations.NullMarked;

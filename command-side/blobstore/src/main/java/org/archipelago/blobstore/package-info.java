@NullMarked
package org.archipelago.blobstore;

import org.jspecify.annotations.NullMarked;

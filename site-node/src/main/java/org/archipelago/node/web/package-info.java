/** The HTTP server: what every HTTP interface shares. Features (DICOMweb, portal, ops) are handed to it as objects. */
@NullMarked
package org.archipelago.node.web;

import org.jspecify.annotations.NullMarked;

package org.archipelago.node.dicomweb;

/**
 * Bounds of a request body in parts.
 *
 * @param maxParts parts of one request
 * @param maxHeaderBytes headers of one part, and the text before the first part
 * @param maxTotalBytes the whole body
 */
record MultipartLimits(int maxParts, int maxHeaderBytes, long maxTotalBytes) {}

package org.archipelago.node.portal;

/**
 * Small pictures.
 *
 * @param edgePixels of the longer edge
 * @param maxCached pictures kept in memory
 */
public record ThumbnailSettings(int edgePixels, int maxCached) {}

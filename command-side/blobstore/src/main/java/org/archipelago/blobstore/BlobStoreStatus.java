package org.archipelago.blobstore;

/** What an operator watches. */
public record BlobStoreStatus(long blobs, long storedBytes, long reclaimableBytes, long freeDiskBytes) {}

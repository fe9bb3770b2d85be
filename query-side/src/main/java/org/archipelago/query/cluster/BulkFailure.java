package org.archipelago.query.cluster;

/** A write that Elasticsearch refused, or that lost to another one (409). */
public record BulkFailure(BulkWrite write, int status, String type) {}

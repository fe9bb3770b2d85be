package org.archipelago.query.projection;

/**
 * @param index logical name, without prefix and generation
 * @param id at most 512 bytes, as Elasticsearch has it
 */
record DocumentKey(String index, String id) {}

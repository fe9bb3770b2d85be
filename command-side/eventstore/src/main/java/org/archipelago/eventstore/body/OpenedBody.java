package org.archipelago.eventstore.body;

import java.util.Map;

/**
 * @param payload the event, or {@link UnknownRecord}, or {@link org.archipelago.contract.log.Erased}
 * @param metadata who and why, as recorded with it
 */
public record OpenedBody(Object payload, Map<String, Object> metadata) {}

package org.archipelago.eventstore.body;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.UnaryOperator;

/**
 * Turns the CBOR tree of one version of one event type into that of the next. Pure; stored bytes are never rewritten.
 *
 * @param payload gets a tree of its own, which it may change
 */
public record Upcaster(String type, int fromVersion, UnaryOperator<JsonNode> payload) {}

package org.archipelago.node.configuration;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a remote AE may do here, or be used for. */
public enum Permission {
    @JsonProperty("echo")
    ECHO,
    @JsonProperty("store")
    STORE,
    @JsonProperty("query")
    QUERY,
    @JsonProperty("retrieve")
    RETRIEVE,
    @JsonProperty("move-destination")
    MOVE_DESTINATION,
    @JsonProperty("commitment")
    COMMITMENT
}

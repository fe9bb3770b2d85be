package org.archipelago.node.web;

import jakarta.servlet.http.HttpServletRequest;
import org.archipelago.contract.Actor;

/** Who is asking. Nobody logs in yet, so nothing tells one caller from another. */
public final class Callers {
    private final String name;

    public Callers(HttpOptions options) {
        this.name = options.callerName();
    }

    public Actor of(HttpServletRequest request) {
        return Actor.unidentified(name, request.getRemoteAddr());
    }
}

package org.archipelago.node.association;

import java.util.List;

/** Decides on association requests. Thread-safe. */
@FunctionalInterface
public interface AssociationPolicy {
    Decision decide(AssociateRequest request, Peer peer);

    /** PS3.8 §7.1.1.7. */
    sealed interface Decision {
        /**
         * @param contexts an answer for each proposed context
         * @param roles answers to proposed role selections; none means SCU only (PS3.7 §D.3.3.4)
         * @param extended answers to Extended Negotiation
         * @param handler serves it
         */
        record Accept(
                List<ContextAnswer> contexts,
                List<RoleSelection> roles,
                List<ExtendedNegotiation> extended,
                AssociationHandler handler)
                implements Decision {
            public Accept {
                contexts = List.copyOf(contexts);
                roles = List.copyOf(roles);
                extended = List.copyOf(extended);
            }
        }

        record Reject(Rejection rejection) implements Decision {}
    }
}

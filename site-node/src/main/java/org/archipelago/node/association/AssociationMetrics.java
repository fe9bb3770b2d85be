package org.archipelago.node.association;

/** Is told what happens on associations. Thread-safe, does not block, does not throw. */
public interface AssociationMetrics {
    AssociationMetrics NONE = new AssociationMetrics() {};

    default void connectionOpened() {}

    default void connectionClosed() {}

    default void associationOpened() {}

    default void associationClosed() {}

    default void associationRejected() {}

    /** An association ended by anything but a release. */
    default void associationLost() {}

    default void objectReceived(long bytes) {}

    default void objectRefused() {}

    default void objectSent(long bytes) {}
}

package org.archipelago.contract;

import java.util.Optional;

/**
 * Who does something. A calling AE title is no person: it is recorded as a device with no person asserted
 * (architecture section 7).
 *
 * @param kind what sort of caller this is
 * @param name AE title, user name or component name; at most 256 characters
 * @param role the role under which a person acts, empty for devices and the node itself
 * @param from network address of the caller without a port, empty for the node itself
 */
public record Actor(Kind kind, String name, Optional<String> role, Optional<String> from) {
    public static final int MAX_NAME_CHARS = 256;

    public enum Kind {
        DEVICE_NO_PERSON_ASSERTED,
        PERSON,
        NODE,
        /** Nothing tells this caller from another: HTTP while nobody logs in, files that the command line imports. */
        UNIDENTIFIED
    }

    public Actor {
        if (name.length() > MAX_NAME_CHARS) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "actor name");
        }
    }

    public static Actor device(String name, String from) {
        return new Actor(Kind.DEVICE_NO_PERSON_ASSERTED, name, Optional.empty(), Optional.of(from));
    }

    public static Actor node(String component) {
        return new Actor(Kind.NODE, component, Optional.empty(), Optional.empty());
    }

    /** @param way how it came, as nobody is named */
    public static Actor unidentified(String way, String from) {
        return new Actor(Kind.UNIDENTIFIED, way, Optional.empty(), Optional.of(from));
    }

    /** Whether what both send is one source's (architecture section 3), wherever it is now. Two of whom nothing is known may be two. */
    public boolean isSameSource(Actor other) {
        return kind != Kind.UNIDENTIFIED && kind == other.kind && name.equals(other.name) && role.equals(other.role);
    }
}

package org.archipelago.query.cluster;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which Elasticsearch, and how the node shows who it is.
 *
 * @param uris scheme, host and port of one or more nodes of one cluster
 * @param indexPrefix begins every index name, so that several archives can share a cluster: 1 to 40 of {@code [a-z0-9-]}
 * @param apiKey base64 form as Elasticsearch prints it; wins over a user
 * @param certificateAuthority PEM file to trust instead of the platform's store
 * @param requestTimeout after which a search counts as failed; bulk writes get ten times as long
 */
public record SearchClusterSettings(
        List<URI> uris,
        String indexPrefix,
        Optional<String> apiKey,
        Optional<Credentials> user,
        Optional<Path> certificateAuthority,
        Duration requestTimeout) {
    public SearchClusterSettings {
        uris = List.copyOf(uris);
        if (uris.isEmpty()) {
            throw new IllegalArgumentException("at least one Elasticsearch address is needed");
        }
        if (!indexPrefix.matches("[a-z0-9][a-z0-9-]{0,39}")) {
            throw new IllegalArgumentException("an index prefix has 1 to 40 characters of a-z, 0-9 and dash");
        }
    }

    /** Without authentication: loopback only. */
    public static SearchClusterSettings local(URI uri, String indexPrefix) {
        return new SearchClusterSettings(
                List.of(uri), indexPrefix, Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofSeconds(5));
    }

    /** A user's name and password. */
    public record Credentials(String name, String password) {
        /** The name only. */
        @Override
        public String toString() {
            return name;
        }
    }
}

# How the node's JVM is run. Needs ROOT and JAVA_HOME.

AOT_CACHE=$ROOT/site-node/target/site-node.aot

# The jars of a cache are known to the JVM by time and size: with others it passes the cache over.
node_jars() {
    (cd "$ROOT/site-node/target" && find . \( -path './site-node-*.jar' -o -path './lib/*.jar' \) -printf '%p %T@ %s\n' |
        LC_ALL=C sort | sha256sum)
}

# Whether a rehearsal was tried with the jars that are there now.
is_rehearsed() {
    [[ -f "$AOT_CACHE.jars" && "$(cat "$AOT_CACHE.jars")" == "$(node_jars)" ]]
}

# node_java JVM-OPTION... -- COMMAND... replaces the shell. The rehearsal and every later start need the same options for the cache to fit.
node_java() {
    local jars=("$ROOT"/site-node/target/site-node-*.jar) options=()
    # Unsafe is used by the gRPC and Axon libraries, native access by RocksDB, zstd and the image codecs.
    options+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
    # The JVM's own warnings belong to standard error; a cache that does not fit is not used at all (is_rehearsed).
    options+=(-Xlog:disable "-Xlog:all=warning,aot*=off,cds*=off:stderr")
    options+=("-Darchipelago.home=$ROOT" -Darchipelago.command=./archipelago -Dfile.encoding=UTF-8)
    while [[ "$1" != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    exec "$JAVA_HOME/bin/java" "${options[@]}" -jar "${jars[0]}" "$@"
}

# How the node's JVM is run. Needs ROOT and JAVA_HOME.

AOT_CACHE=$ROOT/site-node/target/site-node.aot

# node_java JVM-OPTION... -- COMMAND... replaces the shell. The rehearsal and every later start need the same options for the cache to fit.
node_java() {
    local jars=("$ROOT"/site-node/target/site-node-*.jar) options=()
    # Unsafe is used by the gRPC and Axon libraries, native access by RocksDB, zstd and the image codecs.
    options+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
    # The JVM's own warnings belong to standard error; a cache that does not fit is passed over without a word.
    options+=(-Xlog:disable "-Xlog:all=warning,aot*=off,cds*=off:stderr")
    options+=("-Darchipelago.home=$ROOT" -Darchipelago.command=./archipelago -Dfile.encoding=UTF-8)
    while [[ "$1" != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    exec "$JAVA_HOME/bin/java" "${options[@]}" -jar "${jars[0]}" "$@"
}

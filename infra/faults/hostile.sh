# Every attack of infra/acceptance's Attack.all() on the packaged node at -Xmx256m with -XX:+ExitOnOutOfMemoryError, over its
# sockets, while a good peer's C-ECHO and small C-STORE go on. After each collection of the garbage during an attack, what is
# reachable is compared with what was before; the good peer waits for these collections, too. target/faults/hostile.txt keeps what each attack came to.
about='hostile input of every kind to a node of 256 MiB, beside a good peer'
knobs=()

sizes() {
    free_gb=10 # there is one size
}

run() {
    local kept=$ROOT/target/faults/hostile.txt status=0
    mkdir -p "$(dirname "$kept")" "$work/home"
    start_elasticsearch 512m
    # shellcheck disable=SC2086 # names of attacks, for one who mends one
    run_measurement Hostile "$work/home" "$elasticsearch_port" ${ARCHIPELAGO_ATTACKS:-} | tee "$kept" || status=$?
    value() { sed -n "s/^hostile $1 //p" "$kept"; }
    result hostile_attacks "$(value attacks)" attacks
    result hostile_not_refused "$(value not_refused)" attacks 0 most
    result hostile_heap_growth_worst "$(value heap_growth_worst)" MB 16 most
    result hostile_resident_growth_worst "$(value resident_growth_worst)" MB
    result hostile_slowest "$(value slowest)" ms 60000 most
    result hostile_good_peer_p99 "$(value good_peer_p99)" ms
    result hostile_node_alive "$(value node_alive)" node 1 exactly
    return "$status"
}

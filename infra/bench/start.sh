# From exec of the JVM to the first C-STORE success, without and with the AOT cache of the build: interleaved, medians. The
# archive is there already: the keys of a site are made once in its life.
about='exec to the first C-STORE success, without and with the AOT cache of the build'
knobs=(rounds)
programs=(storescu)

sizes() {
    case "$1" in
        full) rounds=5 ;;
        quick) rounds=1 ;;
    esac
}

run() {
    local round kind
    [[ -s $AOT_CACHE ]] || { echo "there is no AOT cache; see target/launcher/rehearsal.log" >&2; exit 1; }
    /usr/bin/python3 "$ROOT/infra/bench/make-ct.py" "$work/ct" $((2 * rounds + 1)) 1
    mapfile -t images < <(find "$work/ct" -type f | sort)
    next=0
    start_and_store
    local without=() with=()
    for ((round = 1; round <= rounds; round++)); do
        start_and_store
        without+=("$taken_ms")
        start_and_store "-XX:AOTCache=$AOT_CACHE"
        with+=("$taken_ms")
        echo "round $round: ${without[-1]} ms without, ${with[-1]} ms with the AOT cache"
    done
    for kind in without with; do
        local -n times=$kind
        result "start_to_first_store_${kind}_aot" "$(median "${times[@]}")" ms 5000 most
    done
}

# start_and_store JVM-OPTION... sets taken_ms; an object of its own each time, so that it is stored and not a retransmission.
start_and_store() {
    local began
    configure_node
    began=$(now_ms)
    (node_java "$@" -- start --config "$work/node.yaml") >"$work/node.log" 2>&1 &
    node=$!
    started "$node"
    until TCP_NODELAY=1 storescu -aec BENCH 127.0.0.1 "$dicom_port" "${images[next]}" >/dev/null 2>&1; do
        kill -0 "$node" 2>/dev/null || { cat "$work/node.log" >&2; exit 1; }
        sleep 0.02
    done
    taken_ms=$(($(now_ms) - began))
    next=$((next + 1))
    stop "$node"
}

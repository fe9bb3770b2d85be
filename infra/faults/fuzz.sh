# Mutated input to every parser of what a peer sends: half of the time in one process, at full speed, half over the sockets of the
# packaged node; both at -Xmx256m. An input that is neither read nor refused as declared, that needs more than a second or
# exhausts the memory is saved in target/faults/fuzz with its seed, and fails the run.
# To repeat one of the first kind:  ARCHIPELAGO_FUZZ=TARGET infra/faults/run fuzz --seed SEED
about='mutated PDUs, data sets, images, JSON, multipart bodies and queries: --seconds N, --seed N'
knobs=(seconds seed)

sizes() {
    free_gb=10 seed=1
    case "$1" in
        full) seconds=3600 ;;
        quick) seconds=20 ;;
    esac
}

run() {
    local kept=$ROOT/target/faults/fuzz status=0 half=$((seconds / 2 + 1))
    export ARCHIPELAGO_DATA=${ARCHIPELAGO_DATA:-$ROOT/../shared/data}
    mkdir -p "$kept" "$work/home"
    if [[ -n ${ARCHIPELAGO_FUZZ:-} ]]; then
        in_process "$ARCHIPELAGO_FUZZ" "$seed" "$kept"
        return
    fi
    in_process "$half" "$seed" "$kept" | tee "$work/output" || status=$?
    ((status == 0)) || echo "crash the process ended with $status" | tee -a "$work/output"
    start_elasticsearch 512m
    status=0
    run_measurement FuzzSockets "$work/home" "$elasticsearch_port" "$half" "$seed" "$kept" | tee -a "$work/output" || status=$?
    ((status == 0)) || echo "crash the sender ended with $status" | tee -a "$work/output"
    result fuzz_inputs "$(sum inputs)" inputs
    result fuzz_crashes "$(grep -c '^crash ' "$work/output" || true)" inputs 0 most
    result fuzz_hangs "$(grep -c '^hang ' "$work/output" || true)" inputs 0 most
    ! grep -q '^\(crash\|hang\) ' "$work/output"
}

sum() { awk -v name="$1" '$1 == "fuzz" && $2 == name { all += $3 } END { print all + 0 }' "$work/output"; }

# The targets stand beside the parsers, in the tests of site-node.
in_process() {
    local tests=$ROOT/site-node/src/test/java jars=("$ROOT"/site-node/target/site-node-*.jar)
    "$JAVA_HOME/bin/javac" -proc:none -nowarn -implicit:class -d "$work/fuzz" -cp "$ROOT/site-node/target/lib/*:${jars[0]}" \
        -sourcepath "$tests:$ROOT/infra/testing/src/main/java" "$tests/org/archipelago/node/fuzz/FuzzMain.java" >&2
    "$JAVA_HOME/bin/java" -Xmx256m --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
        "-Darchipelago.data=$ARCHIPELAGO_DATA" -cp "$work/fuzz:$ROOT/site-node/target/lib/*:${jars[0]}" org.archipelago.node.fuzz.FuzzMain "$@"
}

# The seeded simulation of replication, in one process: sites that write, sign, pull, crash, are restored from backups, run twice or lie, over
# a network that loses, delays, repeats, cuts and alters. Everything follows from the seed; at the end all faults cease, and honest sites must
# have the same, and every fork be known. A violation is printed with its seed and fails the run.
# To repeat one, with its stack:  infra/faults/run replication --seeds 29-29
about='simulated sites, network, disks and clocks, a peer that lies: --seeds FROM-TO'
knobs=(seeds)

sizes() {
    free_gb=2
    case "$1" in
        full) seeds=1-10000 ;;
        quick) seeds=1-100 ;;
    esac
}

run() {
    local tests=$ROOT/federation/src/test/java jars=("$ROOT"/site-node/target/site-node-*.jar) status=0
    local path="$ROOT/site-node/target/lib/*:${jars[0]}" package=org/archipelago/federation/simulation
    [[ $seeds =~ ^[0-9]+-[0-9]+$ ]] || { echo "--seeds FROM-TO, two numbers" >&2; return 2; }
    printf '<configuration><root level="OFF"/></configuration>\n' >"$work/logback.xml"
    "$JAVA_HOME/bin/javac" -proc:none -nowarn -implicit:class -d "$work/simulation" -cp "$path" \
        -sourcepath "$tests" "$tests/$package/SimulationMain.java" >&2
    "$JAVA_HOME/bin/java" -Xmx512m "-Dlogback.configurationFile=$work/logback.xml" -cp "$work/simulation:$path" \
        "${package//\//.}.SimulationMain" "${seeds%-*}" "${seeds#*-}" >"$work/output" || status=$?
    grep -A40 '^violation seed' "$work/output" | head -n 200 >&2 || true
    awk '$1 == "count" { print "  " $2, $3 }' "$work/output"
    result replication_seeds "$(awk '$1 == "seeds" { print $2 }' "$work/output")" seeds
    result replication_violations "$(awk '$1 == "violations" { print $2 }' "$work/output")" seeds 0 most
    return "$status"
}

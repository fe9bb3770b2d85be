# A good peer's C-ECHO (association, echo, release) beside 0, 1, 1000 and 5000 connections that are silent or send one byte
# per second, in interleaved rounds; medians of p50 and p99. Beside it Orthanc and dcmqrscp with 0 and 1.
about='a C-ECHO beside up to 5,000 connections that are silent or send a byte a second'
knobs=(rounds seconds)
programs=(echoscu dcmqrscp Orthanc)
most=2 # times as long as alone

sizes() {
    case "$1" in
        full) rounds=5 seconds=10 ;;
        quick) rounds=1 seconds=4 ;;
    esac
}

run() {
    local round kind connections name
    ulimit -n 12000 # for the flood and for the node
    start_node
    archipelago=$dicom_port
    await_echo BENCH "$archipelago"
    start_orthanc alone
    orthanc=$orthanc_alone
    start_dcmqrscp
    measure archipelago 0 silent # warm-up, not counted
    : >"$work/results"
    for ((round = 1; round <= rounds; round++)); do
        for kind in silent drip; do
            for connections in 0 1 1000 5000; do measure archipelago "$connections" "$kind"; done
            for name in orthanc dcmqrscp; do
                for connections in 0 1; do measure "$name" "$connections" "$kind"; done
            done
        done
    done
    kill -0 "$node" || { echo "the node ended" >&2; exit 1; }
    summary
}

start_dcmqrscp() {
    dcmqrscp=$(free_port)
    mkdir "$work/dcmqrscp"
    cat >"$work/dcmqrscp.cfg" <<CFG
NetworkTCPPort = $dcmqrscp
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
BENCH $work/dcmqrscp RW (9, 1024mb) ANY
AETable END
CFG
    dcmqrscp -c "$work/dcmqrscp.cfg" >"$work/dcmqrscp.log" 2>&1 &
    started $!
    await_echo BENCH "$dcmqrscp"
}

measure() { # NAME CONNECTIONS KIND
    local answer
    answer=$(run_measurement Flood "${!1}" BENCH "$seconds" "$2" "$3" 2>>"$work/flood.log") || answer="0 0 60000 60000 0"
    echo "$1 $2 $3 $answer" | tee -a "$work/results" >&2
}

summary() {
    /usr/bin/python3 - "$work/results" "$most" <<'PY'
import statistics
import sys

runs = {}
for line in open(sys.argv[1]):
    name, connections, kind, echoes, p50, p99, worst, held = line.split()
    runs.setdefault((name, kind, int(connections)), []).append((int(echoes), float(p50), float(p99), float(worst), int(held)))
medians = {key: [statistics.median(run[i] for run in values) for i in range(5)] for key, values in runs.items()}
print("%-12s %-7s %11s %8s %9s %9s %9s %6s" % ("server", "kind", "connections", "echoes", "p50 ms", "p99 ms", "worst ms", "held"))
for (name, kind, connections), (echoes, p50, p99, worst, held) in sorted(medians.items()):
    print("%-12s %-7s %11d %8d %9.2f %9.2f %9.2f %6d" % (name, kind, connections, echoes, p50, p99, worst, held))
for (name, kind, connections), values in sorted(medians.items()):
    if name == "archipelago" and connections:
        ratio = values[2] / medians[(name, kind, 0)][2]
        print("RESULT flood_%s_%d_p99=%.2f ratio goal=%s met=%s" % (kind, connections, ratio, sys.argv[2], "yes" if ratio <= float(sys.argv[2]) else "no"))
PY
}

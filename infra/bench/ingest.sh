# Durable C-STORE of this node beside Orthanc (SyncStorageArea true) and the sender's ceiling (storescp --ignore), in one
# interleaved run: 1 and 4 storescu, tuned (TCP_NODELAY=1 on both sides) and as shipped; then 16 and 64 of them, tuned, to this
# node alone. Beside it the disk alone: the same bytes written by dd, synced after as many objects as there are senders, which is
# what nobody who keeps them durably can surpass. Each sender of a round sends a study of its own, new in that round, out of memory. All three are warmed up first.
about='durable C-STORE beside Orthanc and the ceiling of the sender, 1 to 64 senders'
knobs=(rounds objects warm_objects)
programs=(storescu storescp echoscu Orthanc)

sizes() {
    case "$1" in
        full) rounds=5 objects=500 warm_objects=6000 free_gb=60 ;;
        quick) rounds=1 objects=60 warm_objects=600 free_gb=8 ;;
    esac
}

run() {
    local round senders tune name
    start_node
    await_echo BENCH "$dicom_port"
    archipelago_tuned=$dicom_port archipelago_shipped=$dicom_port # it takes senders as they are
    start_orthanc tuned TCP_NODELAY=1
    start_orthanc shipped
    start_storescp tuned TCP_NODELAY=1
    start_storescp shipped
    begin_memory
    number=0
    touch "$work/results"
    warm_up
    for ((round = 1; round <= rounds; round++)); do
        for senders in 1 4; do
            for tune in tuned shipped; do
                new_studies "$senders" "$objects"
                for name in storescp archipelago orthanc; do
                    measure "$name" "$senders" "$tune" "$objects"
                done
            done
            disk_alone "$senders" "$objects"
        done
        for senders in 16 64; do
            new_studies "$senders" $((4 * objects / senders + 1))
            measure archipelago "$senders" tuned $((4 * objects / senders + 1))
        done
        echo "round $round of $rounds" >&2
    done
    summary
}

warm_up() {
    local sent name
    for ((sent = 0; sent < warm_objects; sent += objects)); do
        new_studies 1 "$objects"
        send archipelago_tuned 1
        ((sent >= objects)) || for name in orthanc_tuned orthanc_shipped; do TCP_NODELAY=1 send "$name" 1; done
    done
}

new_studies() { # SENDERS OBJECTS
    local sender
    rm -rf "$memory/ct"
    for sender in $(seq "$1"); do
        number=$((number + 1))
        /usr/bin/python3 "$ROOT/infra/bench/make-ct.py" "$memory/ct/$sender" "$2" "$number"
    done
}

# send PORT-VARIABLE SENDERS, all at once; ends the run when one store fails.
send() {
    local sender senders_pids=()
    for sender in $(seq "$2"); do
        storescu -aec BENCH 127.0.0.1 "${!1}" +sd "$memory/ct/$sender" >>"$work/storescu.log" 2>&1 &
        senders_pids+=($!)
    done
    for sender in "${senders_pids[@]}"; do
        wait "$sender" || { echo "a store to $1 failed" >&2; tail -n 5 "$work/storescu.log" >&2; exit 1; }
    done
}

measure() { # NAME SENDERS TUNE OBJECTS-EACH
    local from until
    from=$(date +%s%N)
    if [[ $3 == tuned ]]; then TCP_NODELAY=1 send "$1_$3" "$2"; else send "$1_$3" "$2"; fi
    until=$(date +%s%N)
    /usr/bin/python3 -c 'import sys; n, s, t, o, a, b = sys.argv[1:]; print(n, s, t, "%.1f" % (int(s) * int(o) * 1e9 / (int(b) - int(a))))' \
        "$1" "$2" "$3" "$4" "$from" "$until" | tee -a "$work/results" >&2
}

disk_alone() { # SENDERS OBJECTS-EACH, of the studies made last
    local from until first
    first=$(find "$memory/ct/1" -type f -print -quit)
    from=$(date +%s%N)
    cat "$memory"/ct/*/* | dd of="$work/disk" bs=$(($1 * $(stat -c %s "$first"))) iflag=fullblock oflag=dsync status=none
    until=$(date +%s%N)
    rm "$work/disk"
    /usr/bin/python3 -c 'import sys; s, o, a, b = map(int, sys.argv[1:]); print("disk", s, "tuned", "%.1f" % (s * o * 1e9 / (b - a)))' \
        "$1" "$2" "$from" "$until" | tee -a "$work/results" >&2
}

summary() {
    /usr/bin/python3 - "$work/results" <<'PY'
import statistics
import sys

runs = {}
for line in open(sys.argv[1]):
    name, senders, tune, rate = line.split()
    runs.setdefault((int(senders), tune), {}).setdefault(name, []).append(float(rate))
medians = {key: {name: statistics.median(values) for name, values in rates.items()} for key, rates in runs.items()}
print("%-8s %-8s %12s %12s %12s %12s %10s %10s" % ("senders", "tuning", "archipelago", "orthanc", "storescp", "disk alone", "x orthanc", "of ceiling"))
for (senders, tune), m in sorted(medians.items()):
    if "orthanc" in m:
        disk = medians[(senders, "tuned")]["disk"]
        print("%-8d %-8s %12.0f %12.0f %12.0f %12.0f %10.1f %10.2f" % (senders, tune, m["archipelago"], m["orthanc"], m["storescp"], disk, m["archipelago"] / m["orthanc"], m["archipelago"] / m["storescp"]))
    else:
        print("%-8d %-8s %12.0f" % (senders, tune, m["archipelago"]))


def result(name, value, goal):
    print("RESULT ingest_%s=%.2f ratio goal=%s met=%s" % (name, value, goal, "yes" if value >= goal else "no"))


for (senders, tune), m in sorted(medians.items()):
    if "orthanc" in m:
        result("%d_%s_vs_orthanc" % (senders, tune), m["archipelago"] / m["orthanc"], 10 if tune == "shipped" else 4 if senders == 1 else 2.8)
        if tune == "tuned":
            result("%d_%s_of_ceiling" % (senders, tune), m["archipelago"] / m["storescp"], 0.6)
            print("RESULT ingest_%d_of_disk_alone=%.2f ratio goal=- met=-" % (senders, m["archipelago"] / m["disk"]))
            print("RESULT ingest_%d_orthanc_of_disk_alone=%.2f ratio goal=- met=-" % (senders, m["orthanc"] / m["disk"]))
best = max(m["archipelago"] for (senders, _), m in medians.items() if senders <= 4)
for senders in (16, 64):
    result("%d_tuned_of_best" % senders, medians[(senders, "tuned")]["archipelago"] / best, 0.9)
PY
}

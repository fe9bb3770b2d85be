# What a disk may hold when the power goes: a run of the packaged node is recorded by disk.c, with its first start, a kill, a stop,
# concurrent senders, and the moment of each acknowledgement. At every sync of it (--every K: every K-th), just before it ends and
# just after, and at some other moments, --cuts N disks are made of what was durable by then and of any part of the rest, in
# sectors of 512 or 4096 bytes, with names changed or not; each is opened, verified and read whole by the node's own classes.
about='power cut at every sync of a recorded run: --seed N, --every K, --cuts N'
knobs=(seed every cuts)
programs=(gcc)

sizes() {
    free_gb=2 seed=1
    case "$1" in
        full) every=1 cuts=12 ;;
        quick) every=11 cuts=5 ;;
    esac
}

run() {
    local status=0
    mkdir "$work/home"
    begin_memory
    build_disk
    run_measurement PowerLoss "$work/home" "$memory" "$work/disk.so" "$seed" "$every" "$cuts" 2>"$work/log" >"$work/figures" || status=1
    grep '^BAD' "$work/log" | head -n 50 >&2 || true
    ((status == 0)) || tail -n 30 "$work/log" >&2
    head -n 1 "$work/figures"
    figures powerloss_ "$work/figures" 'disks least 1
acknowledged_lost most 0
damaged_served most 0
not_a_prefix most 0
unopened most 0
false_alarms most 0' || status=1
    return "$status"
}

# The data directory of a node that was killed, with every byte of the last records of the event log, of the keys and of the
# last blob segment cut there, or one bit of it flipped (--every K: every K-th byte; one seed decides the bits). Each variant
# is opened, verified and read whole by the node's own classes, in one process.
about='archives cut or damaged at every byte of what was written last: --seed N, --every K'
knobs=(seed every)

sizes() {
    free_gb=2 seed=1
    case "$1" in
        full) every=1 ;;
        quick) every=47 ;;
    esac
}

run() {
    local status=0
    mkdir "$work/home"
    begin_memory
    run_measurement TornArchives "$work/home" "$memory" "$seed" "$every" 2>"$work/log" >"$work/figures" || status=1
    grep -v '^BAD\|^ \|^[0-9]*-\|^\s*at ' "$work/log" | grep ' variants of ' >&2 || true
    grep '^BAD' "$work/log" | head -n 50 >&2 || true
    ((status == 0)) || tail -n 30 "$work/log" >&2
    head -n 1 "$work/figures"
    figures "torn_" "$work/figures" 'variants least 1
served_damaged most 0
lost_more_than_the_tail most 0
undetected most 0
unopened most 0' || status=1
    return "$status"
}

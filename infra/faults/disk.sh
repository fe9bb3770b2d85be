# A disk that fails at the N-th call that changes a file, for every N (--every K: every K-th) of an ingest of a few objects:
# full, broken, syncs that fail and lose what was written, short writes; for one call, and from then on until the fault is
# ended. Beside the packaged node stands disk.c, by LD_PRELOAD, before RocksDB's calls and Java's. Then a tmpfs of its own is
# filled to the end (root only).
about='a disk that fails at every call of an ingest, and one that is full: --seed N, --every K'
knobs=(seed every)
programs=(gcc)

sizes() {
    free_gb=4 seed=1
    case "$1" in
        full) every=1 ;;
        quick) every=31 ;;
    esac
}

run() {
    local status=0
    mkdir "$work/home" "$work/full"
    build_disk
    : >"$work/figures"
    run_measurement DiskFaults "$work/home" "$work/disk.so" "$seed" "$every" "$work/found" | tee -a "$work/figures" || status=1
    run_full_disk | tee -a "$work/figures" || status=1
    disk_results || status=1
    return "$status"
}

run_full_disk() {
    if ((EUID != 0)); then
        echo "not root: no tmpfs could be mounted, so that none was filled"
        return
    fi
    mkdir -p "$work/full/data"
    # shellcheck disable=SC2016 # for the inner shell
    measured_under=(unshare --mount bash -c 'mount -t tmpfs -o size=192m,mode=755 archipelago "$0" && exec "$@"' "$work/full/data")
    run_measurement FullDisk "$work/full" "$seed"
    measured_under=()
}

disk_results() {
    local goals='faults_tried least 1
false_successes most 0
not_resumed most 0
wrong_status most 0
hangs most 0'
    if ((EUID == 0)); then
        goals+='
full_not_refused most 0
full_reads_failed most 0
full_lost most 0
full_not_recovered most 0'
    fi
    figures disk_ "$work/figures" "$goals"
}

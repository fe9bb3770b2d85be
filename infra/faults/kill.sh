# kill -9 at random moments under 1 to 16 senders of all kinds (C-STORE of small and large objects, into studies of their own
# and shared ones, and STOW-RS), each followed by a start, a read of everything that was acknowledged in the round, and a
# resend of what was under way. One seed for each kill; target/faults/kill.tsv keeps the rounds of all runs and adds them up.
about='kill -9 at random moments under 1 to 16 senders: --first SEED, --kills N'
knobs=(first kills senders)

sizes() {
    free_gb=20 first=1 senders=16
    case "$1" in
        full) kills=1000 ;;
        quick) kills=5 ;;
    esac
}

run() {
    local kept=$ROOT/target/faults/kill.tsv version status=0
    mkdir -p "$(dirname "$kept")"
    version=$(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null || echo unknown)
    mkdir "$work/home"
    run_measurement Kills "$work/home" "$first" "$kills" "$senders" "$work/rounds" | tee "$work/output" || status=$?
    touch "$work/rounds"
    /usr/bin/python3 - "$work/rounds" "$work/output" "$kept" "$version" "$status" <<'PY'
import statistics
import sys

rounds, output, kept, version, status = sys.argv[1:]
orphans = [line.split()[1] for line in open(output) if line.startswith("orphans ")] or ["-1"]
with open(kept, "a") as file:
    for line in open(rounds):
        file.write("%s\t%s\n" % (version, line.rstrip("\n")))
    file.write("%s\tend\t%s\t%s\n" % (version, status, orphans[0]))
lines = [line.split("\t") for line in open(kept)]
kills = [[int(field) for field in line[1:]] for line in lines if line[1] != "end"]
ends = [(int(line[2]), int(line[3])) for line in lines if line[1] == "end"]
seeds = {kill[0] for kill in kills}
print("%d kills of %d seeds in %d runs; %d objects acknowledged before a kill, %d under way at one" % (
    len(kills), len(seeds), len(ends), sum(kill[3] for kill in kills), sum(kill[4] for kill in kills)))


def result(name, value, unit, goal, met):
    print("RESULT kill_%s=%s %s goal=%s met=%s" % (name, value, unit, goal, "yes" if met else "no"))


failed = sum(1 for status, _ in ends if status)
starts = sorted(kill[5] for kill in kills)
result("seeds", len(seeds), "kills", 1000, len(seeds) >= 1000)
result("failed_runs", failed, "runs", 0, failed == 0)
left = sum(max(orphans, 0) for _, orphans in ends)
result("orphans_left", left, "blobs", 0, left == 0 and all(orphans >= 0 for _, orphans in ends))
if starts:
    result("to_first_store_median", int(statistics.median(starts)), "ms", 5000, statistics.median(starts) <= 5000)
    result("to_first_store_p99", starts[int(len(starts) * 0.99)], "ms", 5000, starts[int(len(starts) * 0.99)] <= 5000)
    result("to_first_store_worst", starts[-1], "ms", 5000, starts[-1] <= 5000)
sys.exit(int(status) != 0)
PY
}

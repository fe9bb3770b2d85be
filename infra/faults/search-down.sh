# Elasticsearch stopped while objects arrive, and its indexes deleted while the node is idle: no C-STORE fails, retrieval by UID
# goes on, searches say 503 with Retry-After; afterwards every study is found, and the answers are what they were.
about='Elasticsearch stopped during ingest, and its indexes deleted: nothing fails, all comes back'
knobs=(studies)

sizes() {
    case "$1" in
        full) studies=5000 free_gb=8 ;;
        quick) studies=400 free_gb=5 ;;
    esac
}

run() {
    local up down began status
    start_elasticsearch 512m
    start_node
    run_measurement BenchLoad "$dicom_port" 2 1000000 1000200 >/dev/null # warm-up; any refusal ends the run
    up=$(run_measurement BenchLoad "$dicom_port" 2 0 "$studies")
    await_found $((studies - 1)) 120
    "$ROOT/infra/elasticsearch/elasticsearch" stop --data "$work/elasticsearch" --quiet
    down=$(run_measurement BenchLoad "$dicom_port" 2 "$studies" $((2 * studies)))
    # A refused store ends the load, and with it the run.
    result search_down_ingest "$(ratio "$down" "$up")" ratio
    status=$(curl -s -o /dev/null -D "$work/head" -w '%{http_code}' "$(qido 0)")
    result search_down_search_status "$status" status 503 exactly
    grep -qi '^retry-after:' "$work/head" || { echo "a search that cannot be answered has no Retry-After" >&2; exit 1; }
    status=$(curl -s -o "$work/study" -H 'Accept: multipart/related; type="application/dicom"; transfer-syntax=*' -w '%{http_code}' \
        "http://127.0.0.1:$http_port/dicom-web/studies/2.25.7$((100000000 + 2 * studies - 1))")
    result search_down_retrieve_status "$status" status 200 exactly
    began=$(now_ms)
    "$ROOT/infra/elasticsearch/elasticsearch" start --data "$work/elasticsearch" --port "$elasticsearch_port" --heap 512m >&2
    await_found $((2 * studies - 1)) 600
    result search_down_caught_up_after "$(($(now_ms) - began))" ms
    everything >"$work/before"
    result search_down_studies_missing "$((2 * studies + 200 - $(wc -l <"$work/before")))" studies 0 most
    curl -sf "http://127.0.0.1:$elasticsearch_port/_alias" | /usr/bin/python3 -c 'import json, sys
print("\n".join(name for name, index in json.load(sys.stdin).items() if index["aliases"]))' >"$work/indexes"
    [[ -s $work/indexes ]]
    began=$(now_ms)
    while read -r index; do curl -sf -o /dev/null -X DELETE "http://127.0.0.1:$elasticsearch_port/$index"; done <"$work/indexes"
    await_found $((2 * studies - 1)) 600
    await_same
    result search_down_rebuilt_after "$(($(now_ms) - began))" ms
    result search_down_answers_that_differ "$(diff "$work/before" "$work/after" | grep -c '^[<>]' || true)" answers 0 most
}

qido() { echo "http://127.0.0.1:$http_port/dicom-web/studies?StudyInstanceUID=2.25.7$((100000000 + $1))"; }

ratio() { /usr/bin/python3 -c 'import sys; print("%.2f" % (float(sys.argv[1]) / float(sys.argv[2])))' "$1" "$2"; }

await_found() { # STUDY SECONDS
    local until=$((SECONDS + $2))
    until curl -sf "$(qido "$1")" | grep -q 0020000D; do
        ((SECONDS < until)) || { echo "study $1 was not found within $2 s" >&2; exit 1; }
        sleep 0.1
    done
}

# A line for each study, in order: all of its attributes.
everything() {
    /usr/bin/python3 - "http://127.0.0.1:$http_port/dicom-web/studies?includefield=all&limit=500&offset=" <<'PY'
import json
import sys
import urllib.request

rows, page = [], [None] * 500
while len(page) == 500:
    with urllib.request.urlopen(sys.argv[1] + str(len(rows))) as answer:
        page = json.load(answer)
    rows += page
print("\n".join(json.dumps(row, sort_keys=True) for row in rows))
PY
}

await_same() {
    local until=$((SECONDS + 120))
    until everything >"$work/after" 2>/dev/null && cmp -s "$work/before" "$work/after"; do
        ((SECONDS < until)) || return 0
        sleep 1
    done
}

# Ingest, search, retrieval and associations that break off, for as long as asked, with a stop and a start of the node now and
# then: after each cycle its live heap, threads and open files must be what they were, and every object must be there.
about='ingest, query, broken associations and restarts for --seconds N: heap, threads and files stay flat'
knobs=(seconds seed)

sizes() {
    free_gb=10 seed=1
    case "$1" in
        full) seconds=3600 ;;
        quick) seconds=40 ;;
    esac
}

run() {
    start_elasticsearch 512m
    mkdir "$work/home"
    run_measurement Soak "$work/home" "http://127.0.0.1:$elasticsearch_port" "$seconds" "$seed"
}

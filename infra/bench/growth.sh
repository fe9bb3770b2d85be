# One archive with few and with many studies, of 10 small instances each, every one by C-STORE: exact QIDO-RS, durable ingest of
# CT images, resident memory after a full collection with the same heap, restart. With 10^5 studies it takes an hour or more.
about='what growth costs: search, ingest, memory, restart with --few N and --many N studies'
knobs=(few many instances rounds queries)

sizes() {
    instances=10 rounds=5 queries=300
    case "$1" in
        full) few=10000 many=100000 free_gb=60 ;;
        quick) few=100 many=1000 rounds=3 queries=100 free_gb=6 ;;
    esac
}

run() {
    start_elasticsearch
    mkdir "$work/home"
    run_measurement GrowthBench "$work/home" "http://127.0.0.1:$elasticsearch_port" "$few" "$many" "$instances" "$rounds" "$queries"
}

# An association for each image, as old modalities open them: half of them one after another, half of them eight at once. All must be
# stored and come back byte for byte, and the node's live heap, threads and open files must be what they were.
about='--count N associations of one image each: nothing is lost, heap, threads and files stay flat'
knobs=(count)

sizes() {
    free_gb=2
    case "$1" in
        full) count=5000 ;;
        quick) count=500 ;;
    esac
}

run() {
    start_elasticsearch 512m
    mkdir "$work/home"
    run_measurement ManyAssociations "$work/home" "http://127.0.0.1:$elasticsearch_port" "$count"
}

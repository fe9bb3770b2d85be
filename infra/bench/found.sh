# From the acknowledged C-STORE to the object being found by QIDO-RS and C-FIND, with CT images of 512 x 512 x 16 bits at
# half of the rate that four senders reach, each image at its scheduled time; percentiles.
# One image in many is looked for, every 10 ms. The node, Elasticsearch and the sender share this machine.
about='acknowledged to found by QIDO-RS and C-FIND, at half of the highest rate'
knobs=(warm_objects high_seconds half_seconds)

sizes() {
    case "$1" in
        full) warm_objects=20000 high_seconds=15 half_seconds=100 free_gb=40 ;;
        quick) warm_objects=2000 high_seconds=6 half_seconds=20 free_gb=15 ;;
    esac
}

run() {
    start_elasticsearch
    start_node
    run_measurement FoundBench "$dicom_port" "$http_port" "$warm_objects" "$high_seconds" "$half_seconds" \
        "$node" "$elasticsearch"
}

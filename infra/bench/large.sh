# An object of more than 4 GiB (511 frames of 8 MiB and padding, made while it is sent) to a node with a heap of 512 MiB, by
# C-STORE and by STOW-RS, read back whole by WADO-RS and compared by SHA-256; then one of 4.2 GiB in fragments of 8 MiB by C-STORE, read
# back by WADO-RS and C-GET: rates, and the node's peak memory.
about='an object of 4 GiB through a node with a heap of 512 MiB and back'
knobs=(frames fragments heap_mib)

sizes() {
    heap_mib=512
    case "$1" in
        full) frames=511 fragments=530 free_gb=16 ;;
        quick) frames=64 fragments=64 free_gb=4 ;;
    esac
}

run() {
    start_elasticsearch
    start_node "-Xmx${heap_mib}m" -XX:+ExitOnOutOfMemoryError
    run_measurement LargeBench "$dicom_port" "$http_port" "$node" "$heap_mib" "$frames" "$fragments"
}

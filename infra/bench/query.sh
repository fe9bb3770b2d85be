# Search and retrieval beside Orthanc (with its own SQLite, as Debian ships it) and beside the bare search
# engine: QIDO-RS of a study by Patient ID among few and among many studies of one small instance each, all sent by C-STORE;
# then a study of 500 CT images: its instances, its metadata, all of it; then a rebuild of the index beside raw bulk writes.
about='QIDO-RS, metadata and WADO-RS beside Orthanc and bare Elasticsearch; index rebuild'
knobs=(few many queries rounds)
programs=(Orthanc echoscu)

sizes() {
    case "$1" in
        full) few=10000 many=100000 queries=300 rounds=5 free_gb=20 ;;
        quick) few=300 many=1500 queries=40 rounds=2 free_gb=6 ;;
    esac
}

run() {
    start_elasticsearch
    start_node
    start_orthanc alone TCP_NODELAY=1
    run_measurement QueryBench "$dicom_port" "$http_port" "$orthanc_alone" "$orthanc_alone_http" "$elasticsearch_port" \
        "$few" "$many" "$queries" "$rounds"
}

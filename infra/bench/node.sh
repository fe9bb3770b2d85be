# A node of the build for a measurement, with what it needs, in a directory of its own. Needs ROOT and JAVA_HOME.

# begin_bench NAME FREE-GB sets work; everything in it is ended and deleted when the shell ends.
begin_bench() {
    local free_gb
    # Not below a directory that is closed to the user that Elasticsearch runs as.
    work=$(mktemp -d "${ARCHIPELAGO_BENCH:-/var/tmp}/archipelago-$1.XXXXXX")
    chmod 755 "$work"
    node=
    trap end_bench EXIT
    trap 'exit 130' INT TERM HUP
    free_gb=$(df --output=avail -B1G "$work" | tail -n 1)
    if ((free_gb < $2)); then
        echo "$work has $free_gb GB free; this needs $2. ARCHIPELAGO_BENCH names another directory" >&2
        exit 1
    fi
}

end_bench() {
    [[ -z $node ]] || kill "$node" 2>/dev/null || true
    wait 2>/dev/null || true
    [[ ! -d $work/elasticsearch ]] || "$ROOT/infra/elasticsearch/elasticsearch" stop --data "$work/elasticsearch" --quiet
    rm -rf "$work"
}

free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_elasticsearch sets elasticsearch (its process id) and elasticsearch_port.
start_elasticsearch() {
    elasticsearch_port=$(free_port)
    "$ROOT/infra/elasticsearch/elasticsearch" start --data "$work/elasticsearch" --port "$elasticsearch_port" --heap 1g
    elasticsearch=$(<"$work/elasticsearch/run/pid")
}

# start_node JVM-OPTION... sets node, dicom_port and http_port, and waits until it can be searched.
start_node() {
    dicom_port=$(free_port) http_port=$(free_port)
    cat >"$work/node.yaml" <<YAML
data: $work/node
site: { label: bench, defaultIssuer: BENCH }
dicom: { listeners: [ { address: 127.0.0.1, port: $dicom_port, aeTitles: [BENCH] } ] }
http: { address: 127.0.0.1, port: $http_port }
elasticsearch: { url: "http://127.0.0.1:$elasticsearch_port" }
YAML
    ARCHIPELAGO_JAVA_OPTS="$*" "$ROOT/archipelago" start --config "$work/node.yaml" >"$work/node.log" 2>&1 &
    node=$!
    until curl -sf -o "$work/answer" "http://127.0.0.1:$http_port/dicom-web/studies?limit=1"; do
        kill -0 "$node" 2>/dev/null || { cat "$work/node.log" >&2; exit 1; }
        sleep 0.1
    done
}

# run_measurement CLASS ARGUMENT... runs a program of the acceptance tests from its source.
run_measurement() {
    local class=$1
    shift
    "$JAVA_HOME/bin/java" -Xmx1g -cp "$ROOT/site-node/target/lib/*" \
        "$ROOT/infra/acceptance/src/test/java/org/archipelago/acceptance/$class.java" "$@"
}

# What benchmarks and fault runs have in common: their options, a network of their own, a directory, peers, and the lines
# that state a result. Sourced by infra/bench/run and infra/faults/run; needs ROOT.
#
# A run is a file that says, in variables and functions:
#   about             one line for the list
#   knobs=(NAME ...)  what --NAME VALUE may set; each has a value in sizes
#   programs=(...)    programs that must be there, beside curl and python3
#   sizes             sets the knobs and free_gb; $1 is quick or full
#   prepare           if it is there: what wants a network, done before that is closed
#   run               does it; started processes are ended and $work is deleted when it ends

# shellcheck source=infra/launcher/jdk.sh
source "$ROOT/infra/launcher/jdk.sh"
# shellcheck source=infra/launcher/node.sh
source "$ROOT/infra/launcher/node.sh"

harness() { # DIRECTORY [NAME] [OPTION...]
    local directory=$1 name=${2:-}
    if [[ ! $name =~ ^[a-z-]+$ || ! -f $directory/$name.sh ]]; then
        list_runs "$directory" >&2
        exit 2
    fi
    shift 2
    about='' knobs=() programs=() free_gb=2 class_path=''
    # shellcheck disable=SC1090
    source "$directory/$name.sh"
    require_programs
    if [[ -z ${ARCHIPELAGO_HARNESS_NETWORK:-} ]]; then
        find_jdk
        "$ROOT/archipelago" build # before the network is closed
        ! declare -F prepare >/dev/null || prepare
        enter_own_network "$directory/run" "$name" "$@"
    fi
    set_sizes "$directory" "$name" "$@"
    find_jdk
    begin_run "$name"
    run
}

list_runs() {
    local file
    echo "usage: ${1#"$ROOT/"}/run NAME [--quick] [--KNOB VALUE ...]"
    for file in "$1"/*.sh; do
        printf '  %-12s %s\n' "$(basename "$file" .sh)" "$(sed -n "s/^about='\(.*\)'$/\1/p" "$file")"
    done
}

set_sizes() {
    local directory=$1 name=$2 size=full given=() knob
    shift 2
    while (($#)); do
        case "$1" in
            --quick) size=quick; shift ;;
            --*) given+=("$(tr - _ <<<"${1#--}")" "${2:?"$1 wants a value"}"); shift 2 ;;
            *) list_runs "$directory" >&2; exit 2 ;;
        esac
    done
    sizes "$size"
    set -- ${given[@]+"${given[@]}"}
    while (($#)); do
        for knob in ${knobs[@]+"${knobs[@]}"} ''; do [[ $knob != "$1" ]] || break; done
        if [[ -z $knob || ! $2 =~ ^[0-9]+$ ]]; then
            echo "$name takes --quick and whole numbers for: ${knobs[*]-nothing more}" >&2
            exit 2
        fi
        printf -v "$knob" '%s' "$2"
        shift 2
    done
}

require_programs() {
    local program missing=()
    for program in curl /usr/bin/python3 unshare ip ${programs[@]+"${programs[@]}"}; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    if ((${#missing[@]})); then
        echo "Missing: ${missing[*]}. They are in Debian's packages dcmtk, orthanc, postgresql, curl, python3-pydicom, python3-numpy," >&2
        echo "gcc, libc6-dev, util-linux and iproute2." >&2
        exit 3
    fi
}

# Nothing that is sent can leave this machine, and no port of it is taken.
enter_own_network() {
    local own=(unshare --net)
    ((EUID == 0)) || own=(unshare --user --map-current-user --keep-caps --net)
    export ARCHIPELAGO_HARNESS_NETWORK=own
    # shellcheck disable=SC2016 # for the inner shell
    exec "${own[@]}" bash -c 'ip link set lo up && exec "$@"' network "$@"
}

begin_run() {
    local free
    # Not below a directory that is closed to the user that Elasticsearch runs as.
    work=$(mktemp -d "${ARCHIPELAGO_BENCH:-/var/tmp}/archipelago-$1.XXXXXX")
    chmod 755 "$work"
    memory=
    pids=()
    trap end_run EXIT
    trap 'exit 130' INT TERM HUP
    free=$(df --output=avail -B1G "$work" | tail -n 1)
    if ((free < free_gb)); then
        echo "$work has $free GB free; this needs $free_gb. ARCHIPELAGO_BENCH names another directory" >&2
        exit 1
    fi
}

end_run() {
    local pid
    for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [[ ! -d $work/elasticsearch ]] || "$ROOT/infra/elasticsearch/elasticsearch" stop --data "$work/elasticsearch" --quiet
    rm -rf "$work" ${memory:+"$memory"}
}

# A directory in memory, for what senders send: its making and reading must not load the disk that is measured.
begin_memory() { memory=$(mktemp -d "${1:-/dev/shm}/archipelago.XXXXXX"); }

free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# started PID: ended with the run.
started() { pids+=("$1"); }

# stop PID, and wait until it has ended.
stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

await_echo() { # TITLE PORT
    local attempt
    for attempt in $(seq 480); do
        echoscu -aec "$1" 127.0.0.1 "$2" >/dev/null 2>&1 && return
        sleep 0.125
    done
    echo "no answer from $1 at port $2" >&2
    exit 1
}

# start_elasticsearch sets elasticsearch (its process id) and elasticsearch_port.
start_elasticsearch() {
    elasticsearch_port=$(free_port)
    "$ROOT/infra/elasticsearch/elasticsearch" start --data "$work/elasticsearch" --port "$elasticsearch_port" --heap "${1:-1g}" >&2
    elasticsearch=$(<"$work/elasticsearch/run/pid")
}

# configure_node writes $work/node.yaml, with elasticsearch_port or none; sets dicom_port and http_port.
configure_node() {
    dicom_port=$(free_port) http_port=$(free_port)
    cat >"$work/node.yaml" <<YAML
data: $work/node
site: { label: bench, defaultIssuer: BENCH }
dicom: { listeners: [ { address: 127.0.0.1, port: $dicom_port, aeTitles: [BENCH] } ] }
http: { address: 127.0.0.1, port: $http_port }
elasticsearch: { url: "http://127.0.0.1:${elasticsearch_port:-9}" }
YAML
}

# launch_node JVM-OPTION... starts the configured node and sets node (its process id), as a newcomer's command does.
launch_node() {
    ARCHIPELAGO_BUILD=never ARCHIPELAGO_JAVA_OPTS="$*" "$ROOT/archipelago" start --config "$work/node.yaml" >>"$work/node.log" 2>&1 &
    node=$!
    started "$node"
}

# start_node JVM-OPTION... waits until the node answers, and can be searched when there is an Elasticsearch.
start_node() {
    local path=actuator/health/readiness
    [[ -z ${elasticsearch_port:-} ]] || path='dicom-web/studies?limit=1'
    configure_node
    launch_node "$@"
    until curl -sf -o /dev/null "http://127.0.0.1:$http_port/$path"; do
        kill -0 "$node" 2>/dev/null || { cat "$work/node.log" >&2; exit 1; }
        sleep 0.1
    done
}

# start_orthanc KIND ENVIRONMENT... sets orthanc_KIND, the DICOM port of an Orthanc that syncs what it stores, and orthanc_KIND_http.
start_orthanc() {
    local kind=$1 port http
    shift
    port=$(free_port) http=$(free_port)
    cat >"$work/orthanc-$kind.json" <<JSON
{ "Name": "bench", "StorageDirectory": "$work/orthanc-$kind", "DicomPort": $port, "DicomAet": "BENCH", "HttpPort": $http,
  "SyncStorageArea": true, "DicomCheckCalledAet": false, "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
  "DicomAlwaysAllowStore": true, "DicomAlwaysAllowEcho": true, "DicomAlwaysAllowFind": true,
  "Plugins": [ "/usr/share/orthanc/plugins" ], "DicomWeb": { "Enable": true, "Root": "/dicom-web/" } }
JSON
    env "$@" Orthanc "$work/orthanc-$kind.json" >"$work/orthanc-$kind.log" 2>&1 &
    started $!
    await_echo BENCH "$port"
    printf -v "orthanc_$kind" '%s' "$port"
    printf -v "orthanc_${kind}_http" '%s' "$http"
}

# start_storescp KIND ENVIRONMENT... sets storescp_KIND, the port of a receiver that keeps nothing.
start_storescp() {
    local kind=$1 port
    shift
    port=$(free_port)
    env "$@" storescp --ignore --fork -aet BENCH "$port" >"$work/storescp-$kind.log" 2>&1 &
    started $!
    await_echo BENCH "$port"
    printf -v "storescp_$kind" '%s' "$port"
}

# run_measurement CLASS ARGUMENT... runs a program of the acceptance tests, compiled from its source; class_path: more for it;
# measured_under: a command that it runs under.
run_measurement() {
    local class=$1 sources=$ROOT/infra/acceptance/src/test/java jars=("$ROOT"/site-node/target/site-node-*.jar) path
    shift
    path="$ROOT/site-node/target/lib/*:${jars[0]}${class_path:+:$class_path}"
    if [[ ! -f $work/classes/org/archipelago/acceptance/$class.class ]]; then
        "$JAVA_HOME/bin/javac" -proc:none -nowarn -implicit:class -d "$work/classes" -cp "$path" \
            -sourcepath "$sources:$ROOT/infra/testing/src/main/java" "$sources/org/archipelago/acceptance/$class.java" >&2
    fi
    ${measured_under[@]+"${measured_under[@]}"} "$JAVA_HOME/bin/java" -Xmx1g --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
        "-Darchipelago.root=$ROOT" "-Darchipelago.node.jar=${jars[0]}" "-Darchipelago.data=${ARCHIPELAGO_DATA:-$ROOT/../shared/data}" \
        -cp "$work/classes:$path" "org.archipelago.acceptance.$class" "$@"
}

# build_disk compiles infra/faults/disk.c, a disk that fails or is recorded, to $work/disk.so.
build_disk() {
    gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$work/disk.so" "$ROOT/infra/faults/disk.c" -ldl -lpthread
}

# result NAME VALUE UNIT [GOAL least|most|exactly] prints the closing line of a figure.
result() {
    local met=-
    if (($# == 5)); then
        met=$(/usr/bin/python3 -c 'import sys; v, g, w = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]; print("yes" if {"least": v >= g, "most": v <= g, "exactly": v == g}[w] else "no")' "$2" "$4" "$5")
    fi
    echo "RESULT $1=$2 $3 goal=${4:--} met=$met"
}

# figures PREFIX FILE GOALS prints the closing lines of figures that a program wrote as "name value"; fails when one is missing
# or misses its goal. A line of GOALS: name, least or most, goal.
figures() {
    local name way goal value failed=0
    while read -r name way goal; do
        value=$(awk -v name="$1$name" '$1 == name { print $2 }' "$2")
        result "$1$name" "${value:-nan}" times "$goal" "$way"
        [[ $(result "$1$name" "${value:-nan}" times "$goal" "$way") == *met=yes ]] || failed=1
    done <<<"$3"
    return "$failed"
}

median() { /usr/bin/python3 -c 'import statistics, sys; print("%g" % statistics.median(map(float, sys.argv[1:])))' "$@"; }

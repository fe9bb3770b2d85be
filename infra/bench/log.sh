# Appends to the node's event log beside Axon's own JDBC engine on PostgreSQL (Debian's, fsync on, as shipped but for its
# memory), the same events to both through Axon's interface, in interleaved rounds: 1, 16 and 64 writers with one event an
# append, and one writer with 100. Then all of it is replayed into a handler, and read as it is kept.
# The processors are shared by both sides' client, this program; only the one that is measured is at work.
about='appends to and replays of the event log beside Axon with PostgreSQL'
postgres_programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
class_path=$ROOT/infra/acceptance/target/postgresql/*
knobs=(rounds warm_rounds events)
programs=("$postgres_programs/initdb" "$postgres_programs/postgres" "$postgres_programs/pg_isready" setpriv)

sizes() {
    case "$1" in
        full) rounds=5 warm_rounds=2 events=4000 free_gb=10 ;;
        quick) rounds=1 warm_rounds=1 events=1000 free_gb=3 ;;
    esac
}

# PostgreSQL's driver and a pool of connections, of the versions in the poms.
prepare() (
    source "$ROOT/infra/launcher/build.sh"
    run_maven -q -pl infra/acceptance dependency:copy@postgresql >&2
)

run() {
    start_postgres
    mkdir "$work/node"
    run_measurement LogBench "$work/node" "jdbc:postgresql://127.0.0.1:$postgres_port/postgres?user=bench" "$postgres" \
        "$rounds" "$warm_rounds" "$events"
}

# start_postgres sets postgres (its process id) and postgres_port.
start_postgres() {
    local as=()
    mkdir "$work/postgres"
    if ((EUID == 0)); then # which it refuses to run as
        chown postgres: "$work/postgres"
        as=(setpriv --reuid postgres --regid postgres --clear-groups --)
    fi
    postgres_port=$(free_port)
    (cd "$work/postgres" && "${as[@]}" "$postgres_programs/initdb" -D "$work/postgres/data" -U bench -A trust -E UTF8 --locale C) \
        >"$work/postgres.log" 2>&1 || { cat "$work/postgres.log" >&2; exit 1; }
    (cd "$work/postgres" && exec "${as[@]}" "$postgres_programs/postgres" -D "$work/postgres/data" -p "$postgres_port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=512MB -c max_wal_size=4GB) \
        >>"$work/postgres.log" 2>&1 &
    postgres=$!
    started "$postgres"
    until "$postgres_programs/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"; do
        kill -0 "$postgres" || { cat "$work/postgres.log" >&2; exit 1; }
        sleep 0.1
    done
}

# Builds with Maven when the sources differ from those of the last build. Needs ROOT and JAVA_HOME.

BUILD_STATE=$ROOT/target/launcher

# Maven as this project runs it; the options that an empty or foreign home needs come from the environment.
run_maven() {
    local options=(-B)
    if [[ -n "${ARCHIPELAGO_M2:-}" ]]; then
        options+=("-Dmaven.repo.local=$ARCHIPELAGO_M2")
    fi
    (cd "$ROOT" && exec mvn "${options[@]}" "$@")
}

require_maven() {
    if ! command -v mvn >/dev/null; then
        echo "Archipelago builds with Maven 3.8.6 or newer, which is not on the PATH. To get it:  sudo apt-get install maven" >&2
        exit 3
    fi
}

# Changes whenever a source file is added, removed, touched or resized.
source_state() {
    (cd "$ROOT" && find pom.xml .mvn command-side query-side federation site-node \
        \( -name target -o -path '*/src/test' \) -prune -o -type f -printf '%p %T@ %s\n' | LC_ALL=C sort | sha256sum)
}

node_is_built() {
    compgen -G "$ROOT/site-node/target/site-node-*.jar" >/dev/null &&
        [[ -f "$BUILD_STATE/sources" && "$(cat "$BUILD_STATE/sources")" == "$(source_state)" ]]
}

# With ARCHIPELAGO_BUILD=never what is there is run, whoever built it.
require_node() {
    if ! compgen -G "$ROOT/site-node/target/site-node-*.jar" >/dev/null; then
        echo "Nothing has been built, and ARCHIPELAGO_BUILD=never forbids to. Run './archipelago build' without it." >&2
        exit 4
    fi
}

build_if_needed() {
    if [[ "${ARCHIPELAGO_BUILD:-}" == never ]]; then
        require_node
        is_rehearsed || echo "The quick start is not prepared for what was built last; the node starts some seconds slower ('./archipelago build' prepares it)." >&2
        return
    fi
    node_is_built && is_rehearsed && return
    mkdir -p "$BUILD_STATE"
    exec {build_lock}>"$BUILD_STATE/lock"
    if command -v flock >/dev/null && ! flock -n "$build_lock"; then
        echo "Waiting for another build of this checkout to end ..." >&2
        flock "$build_lock"
    fi
    if ! node_is_built; then
        require_maven
        build_node
    elif ! is_rehearsed; then
        rehearse
    fi
    exec {build_lock}>&-
}

build_node() {
    local log=$BUILD_STATE/build.log state
    state=$(source_state)
    rm -f "$BUILD_STATE/sources" "$AOT_CACHE" "$ROOT"/site-node/target/site-node-*.jar
    if run_maven -Dquick -Dmaven.test.skip=true -pl site-node -am package 2>&1 | tee "$log" | show_build_progress >&2; then
        printf '%s\n' "$state" >"$BUILD_STATE/sources"
        fetch_viewer
        rehearse
    else
        echo "The build failed; the whole log is in $log" >&2
        grep -E '^\[ERROR\]' "$log" | head -n 25 >&2 || tail -n 25 "$log" >&2
        exit 4
    fi
}

# Lets a node run once, so that the JVM keeps its loaded and linked classes in a cache: later starts take half the time.
rehearse() {
    local started=$SECONDS
    echo "preparing a quick start ..." >&2
    rm -f "$AOT_CACHE"
    node_jars >"$AOT_CACHE.jars"
    if (node_java "-XX:AOTCacheOutput=$AOT_CACHE" -- rehearse) >"$BUILD_STATE/rehearsal.log" 2>&1 && [[ -s "$AOT_CACHE" ]]; then
        printf 'quick start prepared in %d s\n' $((SECONDS - started)) >&2
    else
        rm -f "$AOT_CACHE"
        echo "The quick start could not be prepared; the node starts some seconds slower. Why: $BUILD_STATE/rehearsal.log" >&2
    fi
}

# Once; a node without it says so and does everything else.
fetch_viewer() {
    if ! "$ROOT/infra/ohif/fetch" >"$BUILD_STATE/viewer.log"; then
        echo "The OHIF viewer could not be fetched; the node runs without it. To try again: infra/ohif/fetch" >&2
    fi
}

# One line that says how far Maven is: rewritten on a terminal, a line per module elsewhere.
show_build_progress() {
    local line started=$SECONDS terminal=0 state=""
    [[ -t 2 ]] && terminal=1
    while IFS= read -r line; do
        if [[ "$line" =~ Building\ (Archipelago.*|.*)\ \[([0-9]+)/([0-9]+)\] ]]; then
            local name=${BASH_REMATCH[1]} at=${BASH_REMATCH[2]} of=${BASH_REMATCH[3]}
            name=$(sed -E 's/^Archipelago: //; s/ +[0-9]+\.[0-9.]*(-SNAPSHOT)? *$//' <<<"$name")
            state=$(printf 'building %3d%%  %s (%s of %s)' $(((at - 1) * 100 / of)) "$name" "$at" "$of")
            ((terminal)) || printf '%s  %d s\n' "$state" $((SECONDS - started))
        fi
        ((terminal)) && [[ -n "$state" ]] && printf '\r\033[K%s  %d s' "$state" $((SECONDS - started))
    done
    ((terminal)) && printf '\r\033[K'
    printf 'build ended after %d s\n' $((SECONDS - started))
}

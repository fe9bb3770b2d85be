# Finds a JDK 25 and exports JAVA_HOME, or says exactly how to get one.

JDK_WANTED=25

is_wanted_jdk() {
    [[ -n "$1" && -x "$1/bin/javac" && -f "$1/release" ]] && grep -q "^JAVA_VERSION=\"$JDK_WANTED[.\"]" "$1/release"
}

find_jdk() {
    local candidate
    for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*"$JDK_WANTED"* /opt/*jdk*"$JDK_WANTED"* \
        "${HOME:-/nonexistent}"/.sdkman/candidates/java/"$JDK_WANTED"* \
        /Library/Java/JavaVirtualMachines/*"$JDK_WANTED"*/Contents/Home \
        "$(jdk_on_path)"; do
        if is_wanted_jdk "$candidate"; then
            export JAVA_HOME=$candidate
            return
        fi
    done
    no_jdk >&2
    exit 3
}

jdk_on_path() {
    local javac
    if javac=$(command -v javac); then
        dirname "$(dirname "$(readlink -f "$javac")")"
    fi
}

no_jdk() {
    echo "Archipelago needs a JDK $JDK_WANTED; none was found in JAVA_HOME, /usr/lib/jvm or PATH. To get one:"
    if command -v apt-cache >/dev/null && apt-cache show "openjdk-$JDK_WANTED-jdk-headless" >/dev/null 2>&1; then
        echo "  sudo apt-get install openjdk-$JDK_WANTED-jdk-headless"
    else
        echo "  mkdir -p ~/jdk-$JDK_WANTED && curl -fL https://api.adoptium.net/v3/binary/latest/$JDK_WANTED/ga/linux/$(jdk_architecture)/jdk/hotspot/normal/eclipse | tar -xz --strip-components=1 -C ~/jdk-$JDK_WANTED"
        echo "  export JAVA_HOME=~/jdk-$JDK_WANTED"
    fi
    echo "then run the same command again."
}

jdk_architecture() {
    case "$(uname -m)" in
        aarch64 | arm64) echo aarch64 ;;
        *) echo x64 ;;
    esac
}

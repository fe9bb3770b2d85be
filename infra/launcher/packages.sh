# The programs that the full test run uses beside the JDK and Maven: real DICOM peers, a browser, and tools.

TEST_PACKAGES=(dcmtk orthanc orthanc-dicomweb python3-pydicom python3-numpy dicom3tools libgdcm-tools chromium
    strace gcc libc6-dev unzip zstd curl)

missing_packages() {
    local package
    for package in "${TEST_PACKAGES[@]}"; do
        if ! dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed'; then
            echo "$package"
        fi
    done
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
}

require_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "The full test run needs Debian's packages ${TEST_PACKAGES[*]} nodejs npm;" >&2
        echo "on other systems run './archipelago test --quick', or this in a Debian container." >&2
        exit 3
    fi
    local missing
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        echo "The tests use programs that are not installed. To install them, then run the same command again:" >&2
        echo "  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 3
    fi
    echo "Installing ${missing[*]} (log: $STATE/apt.log)"
    mkdir -p "$STATE"
    if ! install_packages "${missing[@]}" >"$STATE/apt.log" 2>&1; then
        echo "apt-get failed:" >&2
        tail -n 15 "$STATE/apt.log" >&2
        exit 3
    fi
}

# Without starting the services that some of them bring (Debian's own switch for that: policy-rc.d).
install_packages() (
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e "$policy" ]]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=300 update &&
        apt-get -o DPkg::Lock::Timeout=300 -y --no-install-recommends install "$@"
)

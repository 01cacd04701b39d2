stress_io() {
    local folder=${TMPDIR:-/var/tmp} file
    # shellcheck disable=SC2016
    if have_stress; then load sh -c 'cd "$1" && shift && exec "$@"' io "$folder" stress-ng --iomix "$iomix" --iomix-bytes "$percent%" --timeout $((duration + grace))
    else
        file=$(mktemp "$folder/tocsin-io.XXXXXX")
        load sh -c 'exec 8>"$1"; rm -f "$1"; while :; do dd if=/dev/zero of=/proc/self/fd/8 bs=1M count=64 oflag=dsync; done' io "$file"
    fi
}

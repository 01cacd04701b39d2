# Percent of the container's limit where there is one, else of what is available on the host.
memory_bytes() {
    local limit='' path file total
    if [ -n "$group" ]; then
        path=$(awk -F: '$2 == "" || $2 ~ /memory/ { print $3; exit }' "/proc/$group/cgroup")
        for file in "/sys/fs/cgroup$path/memory.max" "/sys/fs/cgroup/memory$path/memory.limit_in_bytes"; do
            [ ! -r "$file" ] || limit=$(cat "$file")
        done
    fi
    total=$(awk '$1 == "MemAvailable:" { printf "%.0f", $2 * 1024 }' /proc/meminfo)
    case $limit in '' | max) limit=$total ;; esac
    awk -v limit="$limit" -v total="$total" -v percent="$percent" 'BEGIN { if (limit > total) limit = total; printf "%.0f\n", limit * percent / 100 }'
}

stress_memory() {
    local bytes count=$workers
    bytes=$(memory_bytes)
    # stress-ng shares the bytes among its workers.
    if have_stress; then load stress-ng --vm "$workers" --vm-bytes "$bytes" --vm-keep --timeout $((duration + grace))
    else
        while [ "$count" -gt 0 ]; do
            # tail keeps what has no line end. It is the process that is watched, since the kernel kills the largest.
            # shellcheck disable=SC2016
            load sh -c 'mkfifo "$1.$$" || exit 1
                { head -c "$2" /dev/zero; exec sleep "$3"; } >"$1.$$" &
                exec tail <"$1.$$"' memory "$run/zeros" $((bytes / workers)) $((duration + grace))
            count=$((count - 1))
        done
    fi
}

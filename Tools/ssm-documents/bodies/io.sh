stress_io() {
    if have_stress; then (cd "${TMPDIR:-/var/tmp}" && load stress-ng --iomix "$iomix" --iomix-bytes "$percent%" --timeout $((duration + grace)))
    else load sh -c "exec 8>'${TMPDIR:-/var/tmp}/tocsin-io.$$'; rm -f '${TMPDIR:-/var/tmp}/tocsin-io.$$'; while :; do dd if=/dev/zero of=/proc/self/fd/8 bs=1M count=64 oflag=dsync; done"; fi
}

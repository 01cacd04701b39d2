stress_cpu() {
    local count=$cpu
    [ "$count" != 0 ] || count=$(nproc)
    if have_stress; then load stress-ng --cpu "$count" --cpu-load "$load" --cpu-method matrixprod --timeout $((duration + grace))
    else
        [ "$load" = 100 ] || say "all of the processors is used, not $load %"
        while [ "$count" -gt 0 ]; do
            load sh -c 'while :; do :; done'
            count=$((count - 1))
        done
    fi
}

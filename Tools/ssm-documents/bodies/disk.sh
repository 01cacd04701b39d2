# The files have no name: they end with the process that holds them, also by a reboot.
fill_disk() {
    local folder=$1 count=0
    [ -d "$folder" ] || die "there is no folder $folder"
    while [ "$count" -lt "$workers" ]; do
        count=$((count + 1))
        # shellcheck disable=SC2016
        load sh -c 'exec 8>"$1/.tocsin-fill.$$" && rm -f "$1/.tocsin-fill.$$"
            fallocate -l "$2G" /proc/self/fd/8 2>/dev/null || dd if=/dev/zero of=/proc/self/fd/8 bs=1M count=$(($2 * 1024)) 2>/dev/null
            exec sleep "$3"' fill "$folder" "$filesize" $((duration + grace))
    done
    sleep 2
    say "$folder: $(df -Ph "$folder" | awk 'NR == 2 { print $5 " used, " $4 " left" }')"
}

# The files have no name: they end with the process that holds them, also by a reboot. A container chooses what links
# lead to a folder and what is in it. So the folder has to be on one of the container's own mounts, and the file is
# opened by dd, which follows no link (conv=excl); all else reaches it by dd's descriptor.
fill_disk() {
    local folder=$1 count=0
    [ -d "$folder" ] || die "there is no folder $folder"
    while [ "$count" -lt "$workers" ]; do
        count=$((count + 1))
        # shellcheck disable=SC2016
        load sh -c 'exec >/dev/null
            cd -P "$1" && exec 7<. || exit 1
            mount=$(sed -n "s/^mnt_id:[[:space:]]*//p" /proc/$$/fdinfo/7)
            [ -z "$4" ] || grep -q "^$mount " "/proc/$4/mountinfo" || { echo "$1 leads out of the container by a link; name the folder itself" >&2; exit 1; }
            sleep "$3" | dd of="./.tocsin-fill.$$" conv=excl &
            file=/proc/$!/fd/1
            until [ -f "$file" ]; do [ -e "$file" ] || exit 1; sleep 0.1; done # until then it is /dev/null
            rm -f "./.tocsin-fill.$$"
            fallocate -l "$2G" "$file" 2>/dev/null || dd if=/dev/zero of="$file" bs=1M count=$(($2 * 1024)) 2>/dev/null
            wait' fill "$folder" "$filesize" $((duration + grace)) "$group"
    done
    sleep 2
    say "$folder: $(df -Ph "$folder" | awk 'NR == 2 { print $5 " used, " $4 " left" }')"
}

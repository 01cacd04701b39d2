# Those whose program has the name, as killall knows it: 15 characters are in comm, more in the command line.
pids_named() {
    local folder pid first
    for folder in /proc/[0-9]*; do
        pid=${folder#/proc/}
        [ "$pid" != $$ ] || continue
        first=$(tr '\0' '\n' 2>/dev/null <"$folder/cmdline" | head -n 1) || continue
        if [ "$(cat "$folder/comm" 2>/dev/null)" = "$1" ] || [ "${first##*/}" = "$1" ]; then say "$pid"; fi
    done
}

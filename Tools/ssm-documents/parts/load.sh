# --- Load: processes of a session of their own, ended by the undo -----------------------------------------------------

group='' # the process whose control groups the load joins

# load COMMAND…: runs it until the undo; a container's load counts as the container's own.
load() {
    # shellcheck disable=SC2016  # the inner shell's variables
    setsid sh -c '
        run=$1 group=$2; shift 2
        echo $$ >>"$run/pids"
        [ -z "$group" ] || while IFS=: read -r number controllers path; do
            for folder in "/sys/fs/cgroup/$controllers" /sys/fs/cgroup/unified /sys/fs/cgroup; do
                [ -w "$folder$path/cgroup.procs" ] && { echo $$ >"$folder$path/cgroup.procs"; break; }
            done
        done <"/proc/$group/cgroup"
        exec "$@"' load "$run" "$group" "$@" </dev/null >"$run/output" 2>&1 &
}

begin_load() {
    begin
    remember "for pid in \$(cat '$run/pids' 2>/dev/null); do kill -KILL -\$pid 2>/dev/null; done; true"
}

# Load that ended early was none.
hold_load() {
    local pid
    sleep 1
    while read -r pid; do
        [ -n "$(start_of "$pid")" ] || die "the load ended at once: $(tail -n 3 "$run/output")"
    done <"$run/pids"
    hold
}

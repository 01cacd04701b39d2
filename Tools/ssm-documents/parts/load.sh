# --- Load: processes of a session of their own, ended by the undo -----------------------------------------------------

group='' # the process whose control groups the load joins

# load COMMAND…: runs it until the undo; a container's load counts as the container's own. What cannot be written down,
# or cannot join, is not run: nothing would end it, or the host would bear it.
load() {
    # shellcheck disable=SC2016  # the inner shell's variables
    setsid sh -c '
        run=$1 group=$2 start=$(sed "s/.*) //" /proc/$$/stat | cut -d" " -f20); shift 2
        flock "${run%/*}/lock" sh -c "[ -e \"\$1/undo\" ] && echo \"\$2\" >>\"\$1/pids\"" load "$run" "$$ $start" || exit 1
        [ -z "$group" ] || while IFS=: read -r number controllers path; do
            for folder in "/sys/fs/cgroup/$controllers" /sys/fs/cgroup/unified /sys/fs/cgroup; do
                [ -w "$folder$path/cgroup.procs" ] || continue
                echo $$ >"$folder$path/cgroup.procs" || exit 1
                joined=yes
                break
            done
        done <"/proc/$group/cgroup"
        [ -z "$group" ] || [ -n "${joined:-}" ] || { echo "there is no control group of $group" >&2; exit 1; }
        exec "$@"' load "$run" "$group" "$@" </dev/null >"$run/output" 2>&1 &
    loads=$((${loads:-0} + 1))
}

# A number alone may by now be another's. A group outlives its leader, whose number is not given away until then.
begin_load() {
    begin
    : >"$run/pids"
    remember "while read -r pid start; do now=\$(sed 's/.*) //' /proc/\$pid/stat 2>/dev/null | cut -d' ' -f20); [ \"\${now:-\$start}\" != \"\$start\" ] || kill -KILL -\$pid 2>/dev/null; done <'$run/pids'; true"
}

check_load() {
    local pid start
    while read -r pid start; do
        [ "$(start_of "$pid")" = "$start" ] || die "the load ended too early: $(tail -n 3 "$run/output")"
    done <"$run/pids"
    [ "$(wc -l <"$run/pids")" = "$loads" ] || die "a load did not start: $(tail -n 3 "$run/output")"
}

# Load that ended early was none.
hold_load() {
    local tries=0
    while [ "$(wc -l <"$run/pids")" -lt "$loads" ] && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    sleep 1
    check_load
    hold
    check_load
}

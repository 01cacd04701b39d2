# A killed process does not come back, but its service is started again; a stopped one goes on.
kill_one() {
    local pid=$1 start unit command
    command=$(cat "/proc/$pid/comm" 2>/dev/null) || die "there is no process $pid"
    [ "$pid" -gt 1 ] || die "process 1 is never killed"
    case $command in *ssm-*) die "$command ($pid) is the SSM agent: it is never killed" ;; esac
    start=$(start_of "$pid")
    case ${signal#SIG} in
        STOP) remember "[ \"\$(sed 's/.*) //' /proc/$pid/stat 2>/dev/null | cut -d' ' -f20)\" != $start ] || kill -CONT $pid" ;;
        CONT) ;;
        *)
            unit=$(sed -n 's,.*/\([A-Za-z0-9@_.:-]*\.service\)$,\1,p' "/proc/$pid/cgroup" | head -n 1)
            [ -z "$unit" ] || remember "systemctl is-active -q '$unit' || systemctl start '$unit'" ;;
    esac
    kill -s "${signal#SIG}" "$pid"
    say "$signal to $command ($pid)${unit:+, of $unit}"
}

# What there is to undo is undone after the duration; without such, the end need not be awaited.
kill_all() {
    local pid
    begin
    for pid in $1; do kill_one "$pid"; done
    [ ! -s "$run/log" ] || hold
}

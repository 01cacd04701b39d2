# The host's own unit, below its slices. systemd in a container and a user's systemd have units of the same names.
unit_of() { sed -nE 's,^[^:]*:[^:]*:(/[^/]*\.slice)+/([A-Za-z0-9@_.:-]*\.service)(/.*)?$,\2,p' "$1" | head -n 1; }

# A killed process does not come back, but its service is started again; a stopped one goes on.
kill_one() {
    local pid=$1 start unit command
    command=$(cat "/proc/$pid/comm" 2>/dev/null) || return 0
    [ "$pid" -gt 1 ] || die "process 1 is never killed"
    case $command in *ssm-*) die "$command ($pid) is the SSM agent: it is never killed" ;; esac
    start=$(start_of "$pid")
    case ${signal#SIG} in
        STOP) remember "[ \"\$(sed 's/.*) //' /proc/$pid/stat 2>/dev/null | cut -d' ' -f20)\" != $start ] || kill -CONT $pid" ;;
        CONT) ;;
        *)
            unit=$(unit_of "/proc/$pid/cgroup")
            [ -z "$unit" ] || remember "systemctl is-active -q '$unit' || systemctl start '$unit'" ;;
    esac
    if ! kill -s "${signal#SIG}" "$pid"; then
        [ -z "$(start_of "$pid")" ] || die "$signal could not be sent to $command ($pid)"
        return 0
    fi
    hit=yes
    say "$signal to $command ($pid)${unit:+, of $unit}"
}

# What there is to undo is undone after the duration; without such, the end need not be awaited.
kill_all() {
    local pid hit=no
    begin
    # A service's main process takes its others along, which are then gone.
    for pid in $1; do kill_one "$pid"; done
    [ "$hit" = yes ] || die "there is no process $1"
    [ ! -s "$run/log" ] || hold
}

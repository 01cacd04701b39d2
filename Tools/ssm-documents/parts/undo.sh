# --- A fault that ends: what each change writes down first, and the two dead men who undo it -------------------------

grace=30 # what applying and undoing may take on top of the duration, in seconds
run='' sleeper='' timer='' started='' keep=no

seconds() { cut -d. -f1 /proc/uptime; }

# Starts the record of what is to be undone, and the dead men. Nothing is changed before.
begin() {
    [ "$(id -u)" = 0 ] || die "this needs root, as the SSM agent has it"
    [ "$duration" -le 43200 ] || die "duration is $duration s; the most is 43200 (12 hours)"
    for tool in flock setsid tac timeout; do
        command -v "$tool" >/dev/null || die "$tool is missing; without it a fault cannot be undone safely"
    done
    umask 077
    mkdir -p "$state"
    run=$state/$$-$(start_of $$)
    mkdir "$run" || die "$run exists"
    say "$$ $(start_of $$)" >"$run/owner"
    # The SSM agent has a folder for each command, in which the script is.
    case $0 in */document/orchestration/*) say "${0#*/document/orchestration/}" | cut -d/ -f1 >"$run/command" ;; esac
    : >"$run/log"
    : >"$run/checks"
    write_undo
    [ "$keep" = no ] || return 0
    trap 'finish $?' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    start_dead_men
}

# Undoes the newest first. Every line of the log can be run twice, and when its change never happened.
write_undo() {
    cat >"$run/undo" <<'UNDO'
here=${0%/*}
exec 9>>"${here%/*}/lock"
flock 9
[ -f "$here/log" ] || exit 0
failed=0
tac "$here/log" >"$here/todo"
while IFS= read -r line <&3; do
    timeout 120 sh -c "$line" </dev/null 3<&- 9>&- || { printf 'not undone: %s\n' "$line"; failed=1; }
done 3<"$here/todo"
[ "$failed" = 0 ] || exit 1
# Others may have changed something meanwhile, which is told and left as it is.
while IFS='	' read -r name command <&3; do
    sh -c "$command" >"$here/now" 2>/dev/null </dev/null 3<&- 9>&- || continue
    cmp -s "$here/$name" "$here/now" || { printf 'differs from before (%s):\n' "$command"; diff "$here/$name" "$here/now"; }
done 3<"$here/checks"
# The mount was never made, or an undo that was killed has taken it away.
for file in "$here"/ns.*; do
    umount -l "$file" 2>/dev/null || ! grep -qF " $file " /proc/self/mountinfo || exit 1
done
for link in "${here%/*}"/net-*; do
    [ "$(readlink "$link")" != "$here" ] || rm -f "$link"
done
rm -rf "$here"
UNDO
    # Undoes when the script is dead or late. In a session of its own: the SSM agent kills the script's process group.
    cat >"$run/watch" <<'WATCH'
here=${0%/*} owner=$1 start=$2 deadline=$3
echo "$$" >"$here/watching"
alive() { [ "$(sed 's/.*) //' "/proc/$owner/stat" 2>/dev/null | awk '$1 != "Z" && $1 != "X" { print $20 }')" = "$start" ]; }
while [ -d "$here" ] && alive && [ "$(cut -d. -f1 /proc/uptime)" -lt "$deadline" ]; do sleep 1; done
while [ -d "$here" ] && ! sh "$here/undo"; do sleep 5; done
WATCH
}

start_dead_men() {
    local wait_for=$((duration + grace)) tries=0
    started=$(seconds)
    # The systemd timer also outlives a restart of the SSM agent that takes its whole control group along.
    timer=tocsin-undo-${run##*/}
    if ! command -v systemd-run >/dev/null ||
        ! systemd-run --quiet --unit="$timer" --on-active="${wait_for}s" --timer-property=AccuracySec=1s \
            /bin/sh "$run/undo" >/dev/null 2>&1
    then timer=''; fi
    setsid sh "$run/watch" $$ "$(start_of $$)" $((started + wait_for)) </dev/null >/dev/null 2>&1 &
    while [ ! -s "$run/watching" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 50 ] || die "the process that undoes the fault did not start; nothing was changed"
        sleep 0.1
    done
}

# Written before the change that it undoes.
remember() { printf '%s\n' "$1" >>"$run/log"; }

# Keeps what a command prints, to be compared after the undo.
snapshot() {
    printf '%s\t%s\n' "$1" "$2" >>"$run/checks"
    sh -c "$2" >"$run/$1" 2>/dev/null || true
}

# The rest of the duration. A foreground sleep would hold back the traps.
hold() {
    local left=$((duration - ($(seconds) - started)))
    say "active for ${left} s"
    [ "$left" -gt 0 ] || return 0
    sleep "$left" 9>&- &
    sleeper=$!
    wait "$sleeper"
    sleeper=''
}

finish() {
    local status=$1
    trap - EXIT
    trap '' HUP INT TERM
    [ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null || true
    if sh "$run/undo"; then
        [ -z "$timer" ] || systemctl stop "$timer.timer" >/dev/null 2>&1 || true
        if [ "$status" = 0 ]; then say "undone"; else say "undone; the fault itself ended with status $status" >&2; fi
    else
        say "error: not everything is undone; $run/undo is run again every 5 s" >&2
        [ "$status" != 0 ] || status=1
    fi
    exit "$status"
}
